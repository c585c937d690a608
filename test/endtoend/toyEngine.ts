import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { InitializationOptions, StreamEvent } from '../../protocol/messages';
import { createEngine } from '../../server/answering/createEngine';
import type { Emit, Engine } from '../../server/answering/engine';
import type { OpenDocuments } from '../../server/workspace/openDocuments';
import { modelWorker } from '../modelWorker';
import { packageFolder } from '../oracle/fixtures';

export const never = new AbortController().signal;
export const silent: Emit = () => undefined;

/** A scratch folder with the converted toy weights, for engines in this process. */
export class ToyBench {
  readonly scratch = mkdtempSync(join(tmpdir(), 'landmark-engine-'));
  private folders = 0;

  async engine(
    cache = 'cache',
    options: InitializationOptions = {},
    documents?: OpenDocuments,
  ): Promise<Engine> {
    const given: InitializationOptions = {
      modelPackage: packageFolder('toy-landmark'),
      cacheFolder: join(this.scratch, cache),
      provider: 'cpu',
      // The suites measure no batteries.
      onBattery: 'full',
      ...options,
    };
    const engine = await createEngine(given, { modelWorker: modelWorker(), ...(documents && { documents }) });
    await engine.modelAdd({}, silent, never);
    return engine;
  }

  /** A new folder with these files. */
  folder(files: Record<string, string>): string {
    const root = join(this.scratch, `workspace-${this.folders++}`);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return root;
  }

  remove(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** Keeps what a request streams. */
export function listen(): {
  emit: Emit;
  events: StreamEvent[];
  of: <Type extends StreamEvent['type']>(type: Type) => Extract<StreamEvent, { type: Type }>[];
} {
  const events: StreamEvent[] = [];
  return {
    emit: (event) => {
      events.push(event);
    },
    events,
    of: (type) => events.filter((event): event is never => event.type === type),
  };
}

export const greet = ['def greet(name):', '    """Say hello."""', '    return "hello " + name', ''].join(
  '\n',
);
export const source = (count: number, word = 'function'): string =>
  Array.from({ length: count }, (_, i) => `def ${word}_${i}(a, b):\n    return a * ${i} + b\n`).join('\n');

/** A request that fails with what its user is told. */
export async function refused(pending: Promise<unknown>, message: RegExp): Promise<void> {
  await expect(pending).rejects.toThrow(message);
}
