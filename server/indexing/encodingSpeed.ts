/** How fast this machine encodes landmark keys, kept on disk, so that a build can be estimated without a model. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EncodeReport } from './workspaceIndex';

/** Two cores of a laptop with the default package; see docs/status.md. */
export const defaultTokensPerSecond = 600;
/** A shorter run says more about loading and waiting than about encoding. */
const measuredTokensMin = 4_096;

export class EncodingSpeed {
  constructor(private readonly path: string) {}

  /** What was measured last, or the default. */
  async tokensPerSecond(): Promise<number> {
    try {
      const stored = JSON.parse(await readFile(this.path, 'utf8')) as { tokensPerSecond?: unknown };
      const speed = stored.tokensPerSecond;
      return typeof speed === 'number' && speed > 0 ? speed : defaultTokensPerSecond;
    } catch {
      return defaultTokensPerSecond;
    }
  }

  /** Keeps what a run measured. An estimate is a convenience: a disk that refuses it stops nothing. */
  async record({ encodedTokens, elapsedMs }: EncodeReport): Promise<void> {
    if (encodedTokens < measuredTokensMin || elapsedMs <= 0) return;
    const text = JSON.stringify({ tokensPerSecond: (encodedTokens / elapsedMs) * 1_000 });
    const part = `${this.path}.${process.pid}.part`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(part, text);
      await rename(part, this.path);
    } catch {
      // The next run measures again.
    }
  }
}
