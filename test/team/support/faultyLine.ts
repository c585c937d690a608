/** A line to an object store on which things go wrong: it passes requests on as they are, or does what a test says. */

import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault = 'none' | 'error500' | 'slowDown' | 'silence' | 'cutBody' | 'redirect' | 'endless';

export class FaultyLine {
  fault: Fault = 'none';
  /** Requests that arrived, by method. */
  requests: string[] = [];
  #server = createServer((given, answer) => {
    this.requests.push(given.method ?? '');
    this.#answer(given, answer);
  });

  constructor(private readonly target: string) {}

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(given: IncomingMessage, answer: ServerResponse): void {
    switch (this.fault) {
      case 'silence':
        return;
      case 'error500':
        answer.writeHead(500).end('<Error><Code>InternalError</Code></Error>');
        return;
      case 'slowDown':
        answer.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
        return;
      case 'redirect':
        answer.writeHead(307, { location: `${this.target}${given.url}` }).end();
        return;
      case 'endless':
        answer.writeHead(200);
        answer.on('drain', () => {
          pour(answer);
        });
        pour(answer);
        return;
      default:
        this.#pass(given, answer);
    }
  }

  /** With the host of the signature, which is this line's. */
  #pass(given: IncomingMessage, answer: ServerResponse): void {
    const { method, headers } = given;
    const passed = request(`${this.target}${given.url}`, { method, headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      if (this.fault !== 'cutBody' || method !== 'GET') {
        got.pipe(answer);
        return;
      }
      got.once('data', (chunk: Buffer) => {
        answer.write(chunk.subarray(0, chunk.length >> 1), () => {
          answer.destroy();
        });
      });
    });
    passed.on('error', () => answer.destroy());
    given.pipe(passed);
  }
}

function pour(answer: ServerResponse): void {
  const chunk = Buffer.alloc(2 ** 16);
  while (!answer.destroyed && answer.write(chunk));
}
