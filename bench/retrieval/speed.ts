/**
 * What it costs to make a repository searchable: our encoder's landmark keys and MiniLM's embeddings, over the
 * same files, in turns of a few seconds, so that whatever else the machine does slows both alike.
 */

import type { Encoder } from '../../server/model/encoder';
import type { ModelHost } from '../../server/model/modelHost';
import type { Window } from '../../server/text/windows';
import type { CutFile } from './blocks';
import { chunksOf } from './minilm/miniLmIndex';
import type { MiniLm } from './minilm/miniLm';

export interface Speed {
  name: string;
  /** Of its own tokenizer, as the model reads them: prefix, header or path, marks. */
  tokensPerSecond: number;
  /** Characters of source text: tokenizers differ. */
  charactersPerSecond: number;
  seconds: number;
}

const usualTurns: Turns = { turns: 4, secondsPerTurn: 6 };

export interface Turns {
  turns: number;
  secondsPerTurn: number;
}

/** One run of a rival over a part of the files. */
export interface Work {
  run: () => Promise<unknown>;
  tokens: number;
  characters: number;
}

export async function measureSpeed(
  files: readonly CutFile[],
  host: ModelHost,
  miniLm: MiniLm,
): Promise<Speed[]> {
  return alternate(
    [
      ['landmark keys', keysWork(files, await host.encoder())],
      ['MiniLM embeddings', miniLmWork(files, miniLm)],
    ],
    usualTurns,
  );
}

export function keysWork(files: readonly CutFile[], encoder: Encoder): Work[] {
  return windowWork(files, (window) => encoder.encodeKeys([window]));
}

/** Window by window. */
export function windowWork(files: readonly CutFile[], run: (window: Window) => Promise<unknown>): Work[] {
  return files.flatMap(({ file, windows }) =>
    windows.map((window) => ({
      run: () => run(window),
      tokens: window.tokens.length,
      characters: charactersOf(file.lines, window.startLine, window.endLine),
    })),
  );
}

export function miniLmWork(files: readonly CutFile[], miniLm: MiniLm): Work[] {
  return batchesOf(chunksOf(files), 16).map((batch) => {
    const rows = batch.map(({ text }) => miniLm.tokenize(text));
    return {
      run: () => miniLm.embed(rows),
      tokens: rows.reduce((sum, { length }) => sum + length, 0),
      characters: batch.reduce((sum, { path, text }) => sum + text.length - path.length - 1, 0),
    };
  });
}

/** Rival after rival for some seconds, again and again; each goes on where it stopped. */
export async function alternate(
  rivals: readonly (readonly [string, readonly Work[]])[],
  { turns, secondsPerTurn }: Turns,
): Promise<Speed[]> {
  const sums = rivals.map(([name, work]) => ({ name, work, next: 0, tokens: 0, characters: 0, seconds: 0 }));
  for (const { work } of sums) await work[0]!.run();
  for (let turn = 0; turn < turns; turn++) {
    for (const sum of sums) {
      const start = performance.now();
      while (performance.now() - start < secondsPerTurn * 1000) {
        const { run, tokens, characters } = sum.work[sum.next++ % sum.work.length]!;
        await run();
        sum.tokens += tokens;
        sum.characters += characters;
      }
      sum.seconds += (performance.now() - start) / 1000;
    }
  }
  return sums.map(({ name, tokens, characters, seconds }) => ({
    name,
    tokensPerSecond: tokens / seconds,
    charactersPerSecond: characters / seconds,
    seconds,
  }));
}

function charactersOf(lines: readonly string[], startLine: number, endLine: number): number {
  return lines.slice(startLine - 1, endLine).reduce((sum, line) => sum + line.length + 1, 0);
}

function batchesOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, batch) =>
    items.slice(batch * size, (batch + 1) * size),
  );
}
