import { expect, test } from 'vitest';
import { repeatedBytes } from '../../../bench/speed/mappings';

const weights = '/cache/models/base/weights.int8.bin';
const page = 4_096;
let address = 0x7f10a0000000;

/** As /proc/self/smaps tells a mapping of these pages of a file, of which so many kB are resident. */
function mapping(path: string, [start, end]: [number, number], rss: number, pss = rss): string {
  const from = address;
  address += (end - start) * page;
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const range = `${hex(from, 12)}-${hex(address, 12)} r--p ${hex(start * page, 8)}`;
  const sizes = `Size:   ${(end - start) * 4} kB\nRss:   ${rss} kB\nPss:   ${pss} kB\nPss_Dirty:   0 kB\n`;
  return `${range} fe:00 260386${path && '      '}${path}\n${sizes}`;
}

test.each<[string, number, string[]]>([
  ['one mapping', 0, [mapping(weights, [0, 100], 400)]],
  ['one that other processes have, too', 0, [mapping(weights, [0, 100], 400, 50)]],
  ['two of the same pages', 300, [mapping(weights, [0, 100], 400), mapping(weights, [0, 100], 300)]],
  ['two of other pages', 0, [mapping(weights, [0, 50], 200), mapping(weights, [50, 100], 200)]],
  ['two of which half overlaps', 200, [mapping(weights, [0, 100], 400), mapping(weights, [50, 150], 400)]],
  [
    'one over two',
    400,
    [
      [0, 50],
      [50, 100],
      [0, 100],
    ].map(([a, b]) => mapping(weights, [a!, b!], (b! - a!) * 4)),
  ],
  ['three of the same', 800, [1, 2, 3].map(() => mapping(weights, [7, 107], 400))],
  ['two files', 0, [mapping(weights, [0, 100], 400), mapping('/cache/base/model.gguf', [0, 100], 400)]],
  ['a library twice', 0, [1, 2].map(() => mapping('/usr/lib/libc.so.6', [0, 100], 400))],
  [
    'memory of no file',
    0,
    [mapping(weights, [0, 100], 400), mapping('', [0, 100], 400), mapping('', [0, 100], 400)],
  ],
])('of %s, %i kB of weights are repeated', (_, kilobytes, mappings) => {
  expect(repeatedBytes(mappings.join(''))).toBe(kilobytes * 1024);
});
