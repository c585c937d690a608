/**
 * The store at the size of large workspaces, with synthetic records of the default base's dimensions, and what int8
 * costs on windows that the model encoded.
 *
 *     npm run bench:store -- --tokens 1000000,10000000 [--files FILE,FILE]
 *
 * With --files, the landmark keys and KV of these files are encoded by the default package.
 */

import { parseArgs } from 'node:util';
import { measurePrecision, type Precision } from './store/precision';
import { measureScale, type Scale } from './store/scale';
import { keep, publish, table } from './support';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '1000000,10000000' },
      files: { type: 'string', default: '' },
    },
  });
  const scales: Scale[] = [];
  for (const tokens of values.tokens.split(',').map(Number)) scales.push(await measureScale(tokens));
  const files = values.files.split(',').filter((file) => file !== '');
  const precision = files.length > 0 ? await measurePrecision(files) : undefined;
  keep('store.json', `${JSON.stringify({ scales, precision }, null, 2)}\n`);
  publish('store', 'The store', [...scaleLines(scales), ...(precision ? precisionLines(precision) : [])]);
}

function scaleLines(scales: readonly Scale[]): string[] {
  const head = [
    'tokens',
    'windows',
    'keys on disk',
    'open',
    'open without catalogue',
    'load all keys',
    'keys in memory as int8',
    'write keys',
    'write KV',
    'read KV',
  ];
  const rows = scales.map((scale) => [
    scale.tokens.toLocaleString('en'),
    String(scale.windows),
    `${scale.keysMegabytes.toFixed(0)} MB`,
    `${scale.openMs.toFixed(0)} ms`,
    `${scale.rebuildMs.toFixed(0)} ms`,
    `${scale.loadKeysMs.toFixed(0)} ms`,
    `${scale.keysRamMegabytes.toFixed(0)} MB`,
    `${scale.keysWindowsPerSecond.toFixed(0)} windows/s`,
    `${scale.kvWriteMsPerWindow.toFixed(1)} ms/window`,
    `${scale.kvReadMsPerWindow.toFixed(1)} ms/window`,
  ]);
  return [
    'Synthetic windows of 512 tokens and 8 blocks, 768 numbers a key, 24 layers of 2 heads of 64. Files come from the',
    "system's memory, not from the device; other work ran on the machine, so times are upper bounds.",
    '',
    ...table(head, rows),
    '',
  ];
}

function precisionLines(precision: Precision): string[] {
  const share = (value: number): string => value.toExponential(1);
  return [
    `What int8 costs, on ${precision.windows} encoded windows (${precision.blocks} blocks) of ${precision.model}:`,
    '',
    ...table(
      ['what', 'value'],
      [
        ['landmark keys: least cosine to fp32', precision.keysCosineMin.toFixed(6)],
        [
          `landmark keys: largest error of a score (${precision.scores} scores)`,
          precision.scoreErrorMax.toFixed(5),
        ],
        [
          'landmark keys: best block of a query is the same',
          `${precision.sameBest} of ${precision.queries} queries`,
        ],
        ['K, int8 with a scale per channel: relative error', share(precision.keyError.int8)],
        ['V, int8 with a scale per token: relative error', share(precision.valueError.int8)],
        ['K, fp16: relative error', share(precision.keyError.fp16)],
        ['V, fp16: relative error', share(precision.valueError.fp16)],
      ],
    ),
    '',
    'Relative error: root of the squared error over root of the squares, over all layers.',
  ];
}

void main();
