import * as vscode from 'vscode';
import type { BlockHit } from '../../protocol/messages';
import type { Connection } from '../connection';
import { showFailure } from '../failures';
import type { Facts } from '../index/facts';
import { openAsk, registerCommands, type CommandContext } from './commands';
import { AskController } from './controller';
import { EnvironmentWatcher } from './environment';
import { activeThread, type ThreadTurn } from './model/state';
import { fill } from './model/text';
import { AskPages, type Page } from './pages';
import { readView, ReadTree } from './readTree';
import { receive } from './receive';
import { hostEnglish, pageEnglish, translated } from './strings';
import { themeTokenColors } from './themeFile';
import { ThreadStore } from './threadStore';

/** The Ask panel, as the rest of the extension sees it. */
export interface AskPanel {
  /** Brings the panel up and asks, where a question is given. */
  ask(question?: string): Promise<void>;
  /** Blocks that the last answer of the open thread read; none where there is no answer. */
  readonly read: readonly BlockHit[];
  readonly onDidChangeRead: vscode.Event<readonly BlockHit[]>;
}

/** The Ask panel: its view and editor, its commands, and the tree of what was read. */
export function registerAskPanel(
  context: vscode.ExtensionContext,
  connection: Connection,
  facts: Facts,
): AskPanel {
  const strings = translated(hostEnglish, (text) => vscode.l10n.t(text));
  const store = new ThreadStore(context.workspaceState);
  const environment = new EnvironmentWatcher(facts);
  const controller = new AskController(connection, store, strings, environment.current);
  const tree = new ReadTree(strings, vscode.env.language);
  const reading = new Reading(tree, controller);
  const pages = new AskPages(
    context.extensionUri,
    (message, page) => {
      if (message.type === 'ready') void greet(page, controller, facts);
      void receive(message, page, commandContext).catch(showFailure);
    },
    (title) => (title === '' ? strings.viewTitle : fill(strings.editorTitle, title)),
  );
  const showRead = async (turn: ThreadTurn): Promise<void> => {
    tree.show(turn.question, turn.read);
    await vscode.commands.executeCommand(`${readView}.focus`);
  };
  const commandContext: CommandContext = { controller, connection, strings, pages, showRead };
  const showTitle = (): void => {
    pages.setTitle(activeThread(controller.state)?.title ?? '');
  };
  showTitle();
  context.subscriptions.push(
    store,
    environment,
    controller,
    tree,
    reading,
    pages,
    controller.onDidAct((action) => {
      pages.postToAll({ type: 'action', seq: controller.seq, action });
      showTitle();
      reading.update();
    }),
    environment.onDidChange((changed) => {
      controller.act({ type: 'environmentChanged', environment: changed });
    }),
    vscode.window.onDidChangeActiveColorTheme(() => {
      void themeTokenColors().then((colors) => {
        pages.postToAll({ type: 'colors', colors });
      });
    }),
    ...registerCommands(commandContext),
  );
  return {
    ask: (question) => openAsk(commandContext, question),
    get read() {
      return reading.hits;
    },
    onDidChangeRead: reading.onDidChange,
  };
}

/** Gives a page that has just been loaded all it needs, and finds out what it should say of model and index. */
async function greet(page: Page, controller: AskController, facts: Facts): Promise<void> {
  const colors = await themeTokenColors();
  const strings = translated(pageEnglish, (text) => vscode.l10n.t(text));
  const { language } = vscode.env;
  page.post({ type: 'init', state: controller.state, seq: controller.seq, strings, language, colors });
  if (facts.current.workspace !== 'local' || facts.current.status !== null) return;
  // Without an answer the panel works all the same; a question then says what is wrong.
  await facts.refresh().catch(() => undefined);
}

/** Follows what the last answer of the open thread read. */
class Reading implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<readonly BlockHit[]>();
  hits: readonly BlockHit[] = [];

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly tree: ReadTree,
    private readonly controller: AskController,
  ) {
    this.update();
  }

  update(): void {
    const turn = activeThread(this.controller.state)?.turns.at(-1);
    const hits = turn?.read ?? none;
    if (hits === this.hits) return;
    this.hits = hits;
    this.tree.show(turn?.question ?? '', hits);
    this.changed.fire(hits);
  }

  dispose(): void {
    this.changed.dispose();
  }
}

const none: readonly BlockHit[] = [];
