/**
 * Making code searchable and warm: a folder from its files to stored landmark keys, and the encoder, the reader,
 * llama.cpp and MiniLM over the same files in turns.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootsOf } from '../../server/answering/roots';
import { Workspaces } from '../../server/answering/workspaces';
import type { Encoder } from '../../server/model/encoder';
import type { RawKv } from '../../server/model/kvCache';
import type { Reader } from '../../server/model/reader';
import type { Window } from '../../server/text/windows';
import type { CutFile } from '../retrieval/blocks';
import { MiniLm } from '../retrieval/minilm/miniLm';
import { alternate, keysWork, miniLmWork, windowWork, type Speed } from '../retrieval/speed';
import { table } from '../support';
import { never, sampleFiles, type Setting } from './setting';
import { elapsedMs } from './statistics';

export interface Encoding {
  files: number;
  windows: number;
  /** Prefix and headers included, as the model reads them. */
  tokens: number;
  endToEnd: {
    /** Walk, read and tokenize. */
    cutMs: number;
    /** Tokenize again, encode and write. */
    encodeMs: number;
  };
  /** In turns over the same files. */
  speeds: Speed[];
}

export const rivalNames = {
  keys: 'landmark keys',
  warm: 'landmark keys and KV',
  llama: 'llama.cpp, prefill',
  miniLm: 'MiniLM embeddings',
};

export async function measureEncoding(setting: Setting): Promise<Encoding> {
  const { host, sizes, model } = setting;
  const files = await sampleFiles(setting, sizes.encodeTokens);
  const windows = files.flatMap((file) => file.windows);
  const encoder = await host.encoder();
  await encoder.encodeKeys([windows[0]!]);
  const endToEnd = await fromFiles(setting, files, encoder);
  const warm = warming(encoder, await host.reader(), await host.prefix());
  const llama = await setting.openLlama(model.manifest.layout.windowTokens);
  const speeds = await alternate(
    [
      [rivalNames.keys, keysWork(files, encoder)],
      [rivalNames.warm, windowWork(files, warm)],
      [rivalNames.llama, windowWork(files, (window) => llama.prefill([...window.tokens]))],
      [rivalNames.miniLm, miniLmWork(files, await MiniLm.open())],
    ],
    sizes.encodeTurns,
  );
  await llama.close();
  const tokens = windows.reduce((sum, window) => sum + window.tokens.length, 0);
  return { files: files.length, windows: windows.length, tokens, endToEnd, speeds };
}

/** In a folder and a store of its own, which hold nothing else. */
async function fromFiles(
  { host }: Setting,
  files: readonly CutFile[],
  encoder: Encoder,
): Promise<Encoding['endToEnd']> {
  const scratch = mkdtempSync(join(tmpdir(), 'landmark-bench-encode-'));
  const root = join(scratch, 'root');
  for (const { file } of files) {
    const path = join(root, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${file.lines.join('\n')}\n`);
  }
  const workspaces = new Workspaces(host, { cacheFolder: join(scratch, 'cache') });
  try {
    const text = await host.text();
    const start = performance.now();
    const index = await workspaces.index(rootsOf({ root }), () => undefined, never);
    const cutMs = performance.now() - start;
    const encodeMs = await elapsedMs(async () => {
      await index.encodeKeys([...index.windows.keys()], encoder, text, {}, never);
      await workspaces.dispose();
    });
    return { cutMs, encodeMs };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Both encodings of a window, which idle time makes; the landmark keys alone make it searchable. */
function warming(encoder: Encoder, reader: Reader, prefix: RawKv): (window: Window) => Promise<void> {
  return async (window) => {
    await encoder.encodeKeys([window]);
    const cache = reader.createCache(window.tokens.length);
    try {
      cache.append(prefix, 0, prefix.tokens);
      await reader.encodeKv(window.tokens.subarray(prefix.tokens), cache, never);
    } finally {
      cache.dispose();
    }
  };
}

export function encodingLines({ files, windows, tokens, endToEnd, speeds }: Encoding): string[] {
  const llama = speeds.find(({ name }) => name === rivalNames.llama)!;
  const { cutMs, encodeMs } = endToEnd;
  const whole = cutMs + encodeMs;
  return [
    `${files} files, ${windows} windows, ${tokens} tokens. From the files to stored landmark keys: ` +
      `${((tokens / whole) * 1000).toFixed(0)} tokens/s ` +
      `(walk and tokenize ${(cutMs / 1000).toFixed(1)} s, encode and write ${(encodeMs / 1000).toFixed(1)} s).`,
    '',
    'Over the same files, in turns; tokenizers differ, so MiniLM is compared by characters.',
    '',
    ...table(
      ['what', 'tokens/s', 'characters/s', 'over llama.cpp'],
      speeds.map(({ name, tokensPerSecond, charactersPerSecond }) => [
        name,
        tokensPerSecond.toFixed(0),
        charactersPerSecond.toFixed(0),
        (charactersPerSecond / llama.charactersPerSecond).toFixed(2),
      ]),
    ),
  ];
}
