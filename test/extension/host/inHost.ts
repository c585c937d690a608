/** The suites' end of the driver inside the extension host. */

import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type * as vscode from 'vscode';
import type { InHostResult, Reply, Request } from '../driver/messages';

export type VsCodeApi = typeof vscode;

type Unnumbered<R> = R extends Request ? Omit<R, 'id'> : never;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** Listens for the driver of one window; after a reload of the page the new driver takes the old one's place. */
export class InHost {
  private socket: Socket | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly arrivals: (() => void)[] = [];
  private sentCount = 0;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.adopt(socket);
    });
  }

  static listen(path: string): Promise<InHost> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(path, () => {
        resolve(new InHost(server));
      });
    });
  }

  /** Resolves when a driver is connected, which is when VS Code has finished its start. */
  connected(): Promise<void> {
    if (this.socket) return Promise.resolve();
    return new Promise((resolve) => {
      this.arrivals.push(resolve);
    });
  }

  /** Forgets the driver of a page that is about to be left, so that `connected` waits for the next one. */
  forget(): void {
    this.socket?.destroy();
    this.drop(this.socket);
  }

  /**
   * Calls a function inside the extension host. It is sent as text: it sees `vscode`, its argument, and Node's
   * globals and `require`, but nothing of the file it stands in. Argument and result travel as JSON.
   */
  evaluate<Result>(call: (api: VsCodeApi) => Result | PromiseLike<Result>): Promise<Awaited<Result>>;
  evaluate<Result, Argument>(
    call: (api: VsCodeApi, argument: Argument) => Result | PromiseLike<Result>,
    argument: Argument,
  ): Promise<Awaited<Result>>;
  evaluate(call: (api: VsCodeApi, argument: never) => unknown, argument?: unknown): Promise<unknown> {
    return this.send({ kind: 'evaluate', source: call.toString(), argument });
  }

  /** Runs the tests of a bundled module, by the path it has inside the driver's folder. */
  run(module: string): Promise<InHostResult[]> {
    return this.send({ kind: 'run', module }) as Promise<InHostResult[]>;
  }

  close(): void {
    this.forget();
    this.server.close();
  }

  private send(request: Unnumbered<Request>): Promise<unknown> {
    const { socket } = this;
    if (!socket) return Promise.reject(new Error('No extension host is connected.'));
    const id = this.sentCount++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      socket.write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  private adopt(socket: Socket): void {
    this.socket = socket;
    for (const arrived of this.arrivals.splice(0)) arrived();
    createInterface(socket).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      const waiting = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(new Error(`In the extension host: ${reply.error}`));
      else waiting?.resolve(reply.value);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.drop(socket);
    });
  }

  private drop(socket: Socket | undefined): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error('The extension host has ended.'));
    this.waiting.clear();
  }
}
