/** When a server is started, started again after a crash, and given up; not how. Pure. */

import type { ConnectionState } from './connection';
import { RestartPolicy } from './restartPolicy';

export interface ServerRunsOptions<Client> {
  /** Starts a process. `onClosed` is called once it went away on its own, also while it starts: then this fails, too. */
  begin: (onClosed: () => void) => Promise<Client>;
  onState: (state: ConnectionState) => void;
  /** The process went away. It is started again after this pause; undefined where it has gone too often. */
  onCrash: (pauseMs: number | undefined) => void;
}

export class ServerRuns<Client> {
  private readonly policy = new RestartPolicy();
  private client: Client | undefined;
  private starting: Promise<Client> | undefined;
  /** Counts starts, crashes and stops: what belongs to an earlier one has nothing to say any more. */
  private turn = 0;
  #state: ConnectionState = 'stopped';

  constructor(private readonly options: ServerRunsOptions<Client>) {}

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether requests go to this one. */
  isCurrent(client: Client): boolean {
    return this.client === client;
  }

  /** The server that runs, or that is being started; where there is neither, it is started. */
  running(): Promise<Client> {
    if (this.client !== undefined) return Promise.resolve(this.client);
    this.starting ??= this.start();
    return this.starting;
  }

  /** @returns the client to dispose of, once it has started; undefined where none runs */
  async stop(): Promise<Client | undefined> {
    const { client, starting } = this;
    this.turn++;
    this.client = undefined;
    this.starting = undefined;
    this.setState('stopped');
    return client ?? (await starting?.catch(() => undefined));
  }

  /** The user asks for another try. */
  forgive(): void {
    this.policy.forgive();
  }

  private async start(): Promise<Client> {
    const turn = ++this.turn;
    this.setState('starting');
    try {
      const client = await this.options.begin(() => {
        this.crashed(turn);
      });
      // Stopped meanwhile: whoever stopped it waits for it.
      if (turn !== this.turn) return client;
      this.client = client;
      this.starting = undefined;
      this.policy.started(Date.now());
      this.setState('running');
      return client;
    } catch (error) {
      if (turn === this.turn) {
        this.starting = undefined;
        this.setState('failed');
      }
      throw error;
    }
  }

  private crashed(turn: number): void {
    if (turn !== this.turn) return;
    const next = ++this.turn;
    this.client = undefined;
    this.starting = undefined;
    const pauseMs = this.policy.crashed(Date.now());
    if (pauseMs === undefined) {
      this.setState('failed');
      this.options.onCrash(undefined);
      // A request of the user's starts it once more: the cause may be gone by then.
      this.policy.forgive();
      return;
    }
    this.setState('starting');
    this.starting = wait(pauseMs).then(() => {
      if (next !== this.turn) throw new Error('The server was stopped before it was started again.');
      return this.start();
    });
    // Nobody may be waiting for it.
    this.starting.catch(() => undefined);
    this.options.onCrash(pauseMs);
  }

  private setState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.options.onState(state);
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
