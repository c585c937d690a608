import * as vscode from 'vscode';
import type { Citation } from '../../protocol/messages';
import type { Connection } from '../connection';
import { commands } from '../ids';
import { chooseFolder } from './chooseFolder';
import { checkSources } from './checkSources';
import { checkCitation, openCitation, openHit } from './citations';
import type { AskController } from './controller';
import { findPaths } from './findFiles';
import type { PageMessage, Step } from './messages';
import { answerText, answerWithCitations, exportWords, threadMarkdown } from './model/export';
import { limits } from './model/limits';
import { findTurn, type ThreadTurn } from './model/state';
import type { Page } from './pages';
import type { HostStrings } from './strings';
import { whyNot } from './whyNot';

const stepCommands: Readonly<Record<Step, string>> = {
  openFolder: 'workbench.action.files.openFolder',
  getModel: commands.getModel,
  buildIndex: commands.buildIndex,
  manageTrust: 'workbench.trust.manage',
};

export interface Receiver {
  controller: AskController;
  connection: Connection;
  strings: HostStrings;
  showRead(turn: ThreadTurn): Promise<void>;
}

/** Does what a page asks for. A page names turns and numbers; paths come from the state, never from the page. */
export async function receive(message: PageMessage, page: Page, receiver: Receiver): Promise<void> {
  const { controller, connection, strings } = receiver;
  switch (message.type) {
    case 'ready':
      return;
    case 'ask':
      return controller.ask(message.question, message.choice, message.files);
    case 'askAgain':
      return controller.askAgain(message.turnId, message);
    case 'stop':
      controller.stop();
      return;
    case 'openCitation':
    case 'checkCitation': {
      const { turnId, n } = message;
      const citation = citationOf(controller, turnId, n);
      if (!citation) return;
      const state =
        message.type === 'openCitation'
          ? await openCitation(citation, page.surface, strings)
          : await checkCitation(citation);
      controller.act({ type: 'citationChecked', turnId, n, state });
      return;
    }
    case 'openHit': {
      const turn = findTurn(controller.state, message.turnId)?.turn;
      const hit = turn && hitOf(turn, message);
      if (hit) await openHit(hit, page.surface, strings);
      return;
    }
    case 'showRead': {
      const turn = findTurn(controller.state, message.turnId)?.turn;
      if (turn) await receiver.showRead(turn);
      return;
    }
    case 'whyNot':
      return whyNot(message.turnId, controller, connection, strings);
    case 'checkSources':
      return checkSources(message.turnId, controller, connection, strings);
    case 'findFiles': {
      const { openEditors } = controller.state.environment;
      const paths = await findPaths(message.query, limits.completions, openEditors);
      page.post({ type: 'files', request: message.request, paths });
      return;
    }
    case 'chooseFolder': {
      const scope = await chooseFolder(strings);
      page.post({ type: 'focusQuestion', ...(scope && { scope }) });
      return;
    }
    case 'run':
      await vscode.commands.executeCommand(stepCommands[message.step]);
      return;
    default:
      return receiveForThread(message, receiver);
  }
}

type ThreadMessage = Extract<
  PageMessage,
  { type: `${string}Thread` | 'bringThreadBack' | 'forgetDeleted' | 'copyAnswer' | 'copyText' }
>;

async function receiveForThread(message: ThreadMessage, { controller, strings }: Receiver): Promise<void> {
  switch (message.type) {
    case 'copyAnswer': {
      const turn = findTurn(controller.state, message.turnId)?.turn;
      if (!turn) return;
      const isPlain = message.form === 'plain';
      await vscode.env.clipboard.writeText(
        isPlain ? answerText(turn) : answerWithCitations(turn, exportWords(strings)),
      );
      return;
    }
    case 'copyText':
      await vscode.env.clipboard.writeText(message.text);
      return;
    case 'startThread':
      controller.act({ type: 'threadStarted' });
      return;
    case 'openThread':
      controller.act({ type: 'threadOpened', threadId: message.threadId });
      return;
    case 'renameThread':
      controller.act({ type: 'threadRenamed', threadId: message.threadId, title: message.title });
      return;
    case 'deleteThread':
      controller.deleteThread(message.threadId);
      return;
    case 'bringThreadBack':
      controller.act({ type: 'threadBroughtBack' });
      return;
    case 'forgetDeleted':
      controller.act({ type: 'deletedForgotten' });
      return;
    case 'exportThread':
      return exportThread(message.threadId, controller, strings);
  }
}

/** Opens a thread as an unsaved Markdown document, to be saved anywhere or thrown away. */
export async function exportThread(
  threadId: string,
  controller: AskController,
  strings: HostStrings,
): Promise<void> {
  const thread = controller.state.threads.find(({ id }) => id === threadId);
  if (!thread) return;
  const content = threadMarkdown(thread, exportWords(strings));
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document);
}

function citationOf({ state }: AskController, turnId: string, n: number): Citation | undefined {
  return findTurn(state, turnId)?.turn.citations.find((citation) => citation.n === n);
}

function hitOf(turn: ThreadTurn, { list, at }: Extract<PageMessage, { type: 'openHit' }>) {
  if (list === 'nearest') return turn.nearest[at];
  const result = turn.whyNot[at]?.result;
  return (list === 'whyNotBest' ? result?.best : result?.lastRead) ?? undefined;
}
