import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import {
  method,
  type AnswerResult,
  type AskParams,
  type BlockHit,
  type SearchParams,
  type SearchResult,
  type StreamEvent,
} from '../../protocol/messages';
import { ServerGoneError, type Connection } from '../connection';
import { failureMessage } from '../failures';
import { isModelMissing } from '../ranking';
import { rootedParams, uriOf } from '../roots';
import { limits } from './model/limits';
import { reduce } from './model/reducer';
import { inOwnWords } from '../view/notes';
import { askedScope, scopeParams } from './model/scope';
import {
  activeThread,
  emptyState,
  findTurn,
  workingTurn,
  type Action,
  type AskedScope,
  type AskState,
  type Environment,
  type Failure,
  type ScopeChoice,
} from './model/state';
import { earlierTurns } from './model/threads';
import type { HostStrings } from './strings';
import type { ThreadStore } from './threadStore';

/** Tokens are gathered for so long: faster than anyone reads, and few messages to the pages. */
const gatherMs = 40;

/** Holds the state of the Ask panel and asks the server; pages and commands only tell it what to do. */
export class AskController implements vscode.Disposable {
  private readonly acted = new vscode.EventEmitter<Action>();
  private stateNow: AskState;
  private actionCount = 0;
  private checking: vscode.CancellationTokenSource | undefined;
  private asking: { turnId: string; cancellation: vscode.CancellationTokenSource } | undefined;

  readonly onDidAct = this.acted.event;

  constructor(
    private readonly connection: Connection,
    private readonly store: ThreadStore,
    private readonly strings: HostStrings,
    environment: Environment,
  ) {
    this.stateNow = { ...emptyState(environment), ...store.load() };
  }

  /** Number of the last action that the state holds. */
  get seq(): number {
    return this.actionCount;
  }

  get state(): AskState {
    return this.stateNow;
  }

  act(action: Action): void {
    const before = this.stateNow;
    this.stateNow = reduce(before, action);
    if (this.stateNow === before) return;
    this.actionCount += 1;
    this.acted.fire(action);
    if (this.stateNow.threads === before.threads && this.stateNow.activeThreadId === before.activeThreadId)
      return;
    this.store.save(this.stateNow);
    // What the user did must survive a window that is closed at once; what streams comes too often for that.
    if (action.type !== 'spoken' && action.type !== 'streamed') this.store.flush();
  }

  async ask(question: string, choice: ScopeChoice, files: readonly string[]): Promise<void> {
    const known = files.filter((path) => uriOf(path) !== undefined);
    const scope = askedScope(choice, known, this.state.environment);
    await this.send(question, scope, { threadId: this.state.activeThreadId ?? randomUUID(), replaces: null });
  }

  /** Asks the question of a turn anew, changed or not; the turns after it are dropped. */
  async askAgain(
    turnId: string,
    { question, anyway = false }: { question?: string; anyway?: boolean } = {},
  ): Promise<void> {
    const found = findTurn(this.state, turnId);
    if (!found) return;
    const { thread, turn } = found;
    const place = { threadId: thread.id, replaces: turn.id };
    await this.send(question ?? turn.question, turn.scope, place, anyway);
  }

  /** A check of sources that was under way ends. */
  beginCheck(): vscode.CancellationTokenSource {
    this.checking?.cancel();
    return (this.checking = new vscode.CancellationTokenSource());
  }

  endCheck(ended: vscode.CancellationTokenSource): void {
    if (this.checking === ended) this.checking = undefined;
    ended.dispose();
  }

  /** Also a check of sources. */
  stop(): void {
    this.checking?.cancel();
    const turnId = workingTurn(this.state)?.id;
    this.asking?.cancellation.cancel();
    if (turnId !== undefined) this.act({ type: 'stopped', turnId });
  }

  deleteThread(threadId: string): void {
    const thread = this.state.threads.find(({ id }) => id === threadId);
    if (thread?.turns.some(({ status, check }) => status === 'working' || check?.state === 'running'))
      this.stop();
    this.act({ type: 'threadDeleted', threadId });
  }

  dispose(): void {
    this.checking?.cancel();
    this.asking?.cancellation.cancel();
    this.acted.dispose();
  }

  private async send(
    text: string,
    scope: AskedScope,
    { threadId, replaces }: { threadId: string; replaces: string | null },
    anyway = false,
  ): Promise<void> {
    const question = text.trim().slice(0, limits.questionChars);
    if (question === '') return;
    this.stop();
    const turnId = randomUUID();
    const thread = earlierTurns(
      this.state.threads.find(({ id }) => id === threadId),
      replaces,
    );
    const turn = { id: turnId, question, scope };
    this.act({ type: 'asked', threadId, turn, replaces, atMs: Date.now() });
    const rooted = rootedParams();
    if (!rooted) {
      this.act({ type: 'failed', turnId, failure: { kind: 'other', message: this.strings.noFolder } });
      return;
    }
    const params: AskParams = {
      ...rooted,
      question,
      ...(thread.length > 0 && { thread }),
      ...scopeParams(scope),
      ...(anyway && { anyway }),
    };
    await this.answer(turnId, params);
  }

  private async answer(turnId: string, params: AskParams): Promise<void> {
    const cancellation = new vscode.CancellationTokenSource();
    const asking = { turnId, cancellation };
    this.asking = asking;
    const gather = new Gather((text, tokens) => {
      this.act({ type: 'spoken', turnId, text, tokens, atMs: Date.now() });
    });
    const onEvent = (event: StreamEvent): void => {
      if (event.type === 'token') {
        gather.add(event.text);
        return;
      }
      // A sentence is told of after its tokens.
      gather.flush();
      this.act({ type: 'streamed', turnId, event });
    };
    try {
      const result = await this.connection.request<AnswerResult>(method.ask, params, {
        token: cancellation.token,
        onEvent,
      });
      gather.flush();
      this.act({ type: 'answered', turnId, result: inOwnWords(result, vscode.l10n.t) });
    } catch (error) {
      gather.flush();
      if (error instanceof vscode.CancellationError) this.act({ type: 'stopped', turnId });
      else {
        const nearest = isModelMissing(error) ? await this.nearestByWords(params, cancellation.token) : [];
        this.act({ type: 'failed', turnId, failure: failureOf(error), nearest });
      }
    } finally {
      if (this.asking === asking) this.asking = undefined;
      cancellation.dispose();
      this.store.flush();
    }
  }

  /** Without the model there is no answer, but there are places to look at. */
  private async nearestByWords(params: AskParams, token: vscode.CancellationToken): Promise<BlockHit[]> {
    const search: SearchParams = { ...params, arm: 'lexical', top: limits.nearest };
    try {
      return (await this.connection.request<SearchResult>(method.search, search, { token })).blocks;
    } catch {
      // What stopped the question is told.
      return [];
    }
  }
}

/** The last turn of the thread that is open: what commands without an argument are about. */
export function currentTurn(state: AskState): { threadId: string; turnId: string } | undefined {
  const thread = activeThread(state);
  const turn = thread?.turns.at(-1);
  return thread && turn ? { threadId: thread.id, turnId: turn.id } : undefined;
}

function failureOf(error: unknown): Failure {
  const { message } = failureMessage(error);
  if (error instanceof ServerGoneError) return { kind: 'gone', message };
  return { kind: isModelMissing(error) ? 'modelMissing' : 'other', message };
}

/** Joins what comes in quick succession. */
class Gather {
  private text = '';
  private tokens = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly emit: (text: string, tokens: number) => void) {}

  add(text: string): void {
    this.text += text;
    this.tokens += 1;
    this.timer ??= setTimeout(() => {
      this.flush();
    }, gatherMs);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.tokens === 0) return;
    const { text, tokens } = this;
    this.text = '';
    this.tokens = 0;
    this.emit(text, tokens);
  }
}
