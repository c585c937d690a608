import * as vscode from 'vscode';
import type { BlockHit } from '../../protocol/messages';
import { showFailure } from '../failures';
import { commands } from '../ids';
import { chooseFolder, folderScope } from './chooseFolder';
import { checkSources } from './checkSources';
import { openHit } from './citations';
import { currentTurn } from './controller';
import { limits } from './model/limits';
import { activeThread, findTurn, type Thread } from './model/state';
import { fill } from './model/text';
import { counted } from './model/words';
import type { AskPages } from './pages';
import { openReadCommand } from './readTree';
import { exportThread, type Receiver } from './receive';
import { whyNot } from './whyNot';

export interface CommandContext extends Receiver {
  pages: AskPages;
}

/** Everything that the page can do, for the keyboard and the command palette. */
export function registerCommands(context: CommandContext): vscode.Disposable[] {
  const { controller, connection, pages, strings } = context;
  const withTurn = async (work: (turnId: string) => Promise<void>): Promise<void> => {
    const turn = currentTurn(controller.state);
    if (turn) await work(turn.turnId);
    else void vscode.window.showInformationMessage(strings.noQuestion);
  };
  const handlers: Record<string, (argument?: unknown) => Promise<void>> = {
    [commands.ask]: (question) => openAsk(context, question),
    [commands.askFolder]: (folder) => askFolder(context, folder),
    'landmark.ask.openInEditor': () => {
      pages.openEditor();
      return Promise.resolve();
    },
    'landmark.ask.stop': () => {
      controller.stop();
      return Promise.resolve();
    },
    'landmark.ask.retry': () => withTurn((turnId) => controller.askAgain(turnId)),
    'landmark.ask.checkSources': () =>
      withTurn((turnId) => checkSources(turnId, controller, connection, strings)),
    'landmark.ask.whyNot': () => withTurn((turnId) => whyNot(turnId, controller, connection, strings)),
    'landmark.thread.new': () => {
      controller.act({ type: 'threadStarted' });
      return pages.postToVisible({ type: 'focusQuestion' });
    },
    'landmark.thread.list': () => pages.postToVisible({ type: 'showThreads' }),
    'landmark.thread.open': async () => {
      const thread = await chooseThread(context, strings.chooseThread);
      if (!thread) return;
      controller.act({ type: 'threadOpened', threadId: thread.id });
      await pages.postToVisible({ type: 'focusQuestion' });
    },
    'landmark.thread.rename': () => renameThread(context),
    'landmark.thread.delete': () => deleteThread(context),
    'landmark.thread.export': async () => {
      const thread = activeThread(controller.state) ?? (await chooseThread(context, strings.chooseThread));
      if (thread) await exportThread(thread.id, controller, strings);
    },
    'landmark.read.show': () =>
      withTurn(async (turnId) => {
        const found = findTurn(controller.state, turnId);
        if (found) await context.showRead(found.turn);
      }),
    [openReadCommand]: async (hit) => {
      if (isPlace(hit)) await openHit(hit, 'view', strings);
    },
  };
  return Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, (argument?: unknown) => handler(argument).catch(showFailure)),
  );
}

/** Brings the panel up; a question that is given is asked in a thread of its own. */
export async function openAsk({ controller, pages }: CommandContext, question?: unknown): Promise<void> {
  await pages.postToVisible({ type: 'focusQuestion' });
  if (typeof question !== 'string' || question.trim() === '') return;
  controller.act({ type: 'threadStarted' });
  await controller.ask(question.slice(0, limits.questionChars), { kind: 'workspace' }, []);
}

/** From the explorer's menu with its folder; from the command palette a folder is chosen. */
async function askFolder({ pages, strings }: CommandContext, folder: unknown): Promise<void> {
  const scope = folder instanceof vscode.Uri ? folderScope(folder) : await chooseFolder(strings);
  if (scope) await pages.postToVisible({ type: 'focusQuestion', scope });
  else if (folder !== undefined) void vscode.window.showWarningMessage(strings.folderOutside);
}

async function chooseThread(
  { controller, strings }: CommandContext,
  title: string,
): Promise<Thread | undefined> {
  const { threads, activeThreadId } = controller.state;
  if (threads.length === 0) {
    void vscode.window.showInformationMessage(strings.noThreads);
    return undefined;
  }
  const { language } = vscode.env;
  const items = threads.map((thread) => ({
    label: thread.title,
    description: counted(thread.turns.length, strings.questionOne, strings.questionMany, { language }),
    // Found by every question that was asked in it.
    detail: thread.turns
      .slice(1)
      .map(({ question }) => question)
      .join(' · '),
    picked: thread.id === activeThreadId,
    thread,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDetail: true });
  return chosen?.thread;
}

async function renameThread(context: CommandContext): Promise<void> {
  const { controller, strings } = context;
  const thread = activeThread(controller.state) ?? (await chooseThread(context, strings.chooseThread));
  if (!thread) return;
  const title = await vscode.window.showInputBox({ prompt: strings.renamePrompt, value: thread.title });
  if (title !== undefined) controller.act({ type: 'threadRenamed', threadId: thread.id, title });
}

async function deleteThread(context: CommandContext): Promise<void> {
  const { controller, strings } = context;
  const thread = activeThread(controller.state) ?? (await chooseThread(context, strings.chooseDelete));
  if (!thread) return;
  controller.deleteThread(thread.id);
  // The page offers the same; a message is for those who do not see it.
  if (context.pages.isShown) return;
  const chosen = await vscode.window.showInformationMessage(
    fill(strings.threadDeleted, thread.title),
    strings.undo,
  );
  if (chosen === strings.undo) controller.act({ type: 'threadBroughtBack' });
}

function isPlace(value: unknown): value is Pick<BlockHit, 'path' | 'startLine' | 'endLine'> {
  if (typeof value !== 'object' || value === null) return false;
  const { path, startLine, endLine } = value as Partial<BlockHit>;
  const isLine = (line: unknown): boolean => Number.isInteger(line) && (line as number) > 0;
  return typeof path === 'string' && isLine(startLine) && isLine(endLine);
}
