import { expect, test } from 'vitest';
import { repeatedBytes } from '../../../bench/speed/memory';

/** As /proc/self/smaps tells a mapping. */
function mapping(path: string, rss: number, pss: number): string {
  return `7f10a000-7f10c000 r--p 00000000 fe:00 260386      ${path}\nSize:   8 kB\nRss:   ${rss} kB\nPss:   ${pss} kB\nPss_Dirty:   0 kB\n`;
}

test('pages of weights that are mapped twice are told, those of libraries are not', () => {
  const weights = '/cache/models/base/weights.int8.bin';
  const smaps = [
    mapping(weights, 100, 60),
    mapping('/usr/lib/libc.so.6', 50, 5),
    mapping('', 30, 30),
    mapping(weights, 100, 60),
  ].join('');
  expect(repeatedBytes(smaps)).toBe(80 * 1024);
  expect(repeatedBytes(mapping('/cache/base/model.gguf', 400, 400))).toBe(0);
});
