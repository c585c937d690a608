/** What the store's rounding changes, on windows that the default package encoded. */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { finishSteps } from '../../server/concurrency';
import { defaultCacheFolder, ModelLibrary } from '../../server/model/library';
import type { RawKv } from '../../server/model/kvCache';
import { ModelHost } from '../../server/model/modelHost';
import { floatKeys, quantizeKeys } from '../../server/store/keysInt8';
import { decodeKv, encodeKv, type KvForm } from '../../server/store/kvForms';
import type { Dims, WindowKv } from '../../server/store/shape';
import { cutWindows, type Window } from '../../server/text/windows';

export interface Precision {
  model: string;
  windows: number;
  blocks: number;
  queries: number;
  scores: number;
  keysCosineMin: number;
  scoreErrorMax: number;
  /** Queries whose best block is the same with int8 keys. */
  sameBest: number;
  keyError: { int8: number; fp16: number };
  valueError: { int8: number; fp16: number };
}

/** Windows whose KV is encoded: each takes a second or two. */
const kvWindowsMax = 4;
/** Asked of all blocks; any text makes a query. */
const questions = [
  'Where is a file read?',
  'How are errors told to the user?',
  'What limits the size of a batch?',
  'Where is the checksum computed?',
  'How is a request cancelled?',
  'Which function parses the command line?',
  'What happens when the disk is full?',
  'How are scores ranked?',
];

export async function measurePrecision(paths: readonly string[]): Promise<Precision> {
  const model = await new ModelLibrary(join(__dirname, '..', 'models')).find(undefined);
  const host = new ModelHost(model, { cacheFolder: defaultCacheFolder(), provider: 'cpu', threads: 0 });
  const { tokenizer, layout } = await host.text();
  const windows = paths.flatMap((path) => {
    const lines = readFileSync(path, 'utf8').split('\n');
    return cutWindows({ path: basename(path), lines }, tokenizer, layout);
  });
  const encoder = await host.encoder();
  const keyWidth = model.manifest.routing.keyNumbers;
  const exact: Float32Array[] = [];
  for (const window of windows) {
    const [keys] = await encoder.encodeKeys([window]);
    for (let row = 0; row < keys!.length; row += keyWidth) exact.push(keys!.subarray(row, row + keyWidth));
  }
  const rounded = exact.map((key) => floatKeys(quantizeKeys(key, keyWidth)));
  const queries: Float32Array[] = [];
  for (const question of questions) {
    const { questionHead, questionTail, questionMargins } = model.manifest.chat;
    const tokens = [
      ...tokenizer.encodeMarkup(questionHead),
      ...tokenizer.encodeText(question),
      ...tokenizer.encodeMarkup(questionTail),
    ];
    queries.push(await encoder.encodeQuery(tokens, questionMargins));
  }
  return {
    model: model.manifest.name,
    windows: windows.length,
    blocks: exact.length,
    queries: queries.length,
    scores: queries.length * exact.length,
    ...compareKeys(exact, rounded, queries),
    ...(await compareKv(host, windows.slice(0, kvWindowsMax))),
  };
}

function compareKeys(exact: Float32Array[], rounded: Float32Array[], queries: Float32Array[]) {
  const cosines = exact.map((key, at) => {
    const other = rounded[at]!;
    return dot(key, other) / Math.sqrt(dot(key, key) * dot(other, other));
  });
  let scoreErrorMax = 0;
  let sameBest = 0;
  for (const query of queries) {
    const scores = exact.map((key) => dot(key, query));
    const scoresRounded = rounded.map((key) => dot(key, query));
    scores.forEach((score, at) => {
      scoreErrorMax = Math.max(scoreErrorMax, Math.abs(score - scoresRounded[at]!));
    });
    if (scores.indexOf(Math.max(...scores)) === scoresRounded.indexOf(Math.max(...scoresRounded))) sameBest++;
  }
  return { keysCosineMin: Math.min(...cosines), scoreErrorMax, sameBest };
}

async function compareKv(host: ModelHost, windows: readonly Window[]) {
  const reader = await host.reader();
  const prefix = await host.prefix();
  const { layers, kvHeads, headDim } = reader.shape;
  const sums = {
    keys: { squares: 0, int8: 0, fp16: 0 },
    values: { squares: 0, int8: 0, fp16: 0 },
  };
  for (const { tokens } of windows) {
    const cache = reader.createCache(tokens.length);
    cache.append(prefix, 0, prefix.tokens);
    const raw: RawKv = await reader.encodeKv(
      tokens.subarray(prefix.tokens),
      cache,
      new AbortController().signal,
    );
    const dims: Dims = [layers, kvHeads, raw.tokens, headDim];
    const int8 = through(raw, dims, 'kvInt8');
    const fp16 = through(raw, dims, 'kvFloat16');
    for (const part of ['keys', 'values'] as const) {
      sums[part].squares += dot(raw[part], raw[part]);
      sums[part].int8 += squaredError(raw[part], int8[part]);
      sums[part].fp16 += squaredError(raw[part], fp16[part]);
    }
  }
  const relative = ({ squares, int8, fp16 }: (typeof sums)['keys']) => ({
    int8: Math.sqrt(int8 / squares),
    fp16: Math.sqrt(fp16 / squares),
  });
  return { keyError: relative(sums.keys), valueError: relative(sums.values) };
}

function through(kv: WindowKv, dims: Dims, form: KvForm): WindowKv {
  return decodeKv(form, finishSteps(encodeKv(form, kv, dims)), dims, 0, kv.tokens);
}

function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!;
  return sum;
}

function squaredError(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at]! - right[at]!) ** 2;
  return sum;
}
