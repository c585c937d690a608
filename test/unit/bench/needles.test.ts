import { expect, test } from 'vitest';
import { placeNeedles, type Straw } from '../../../bench/needles/haystack';
import { rankOf } from '../../../bench/needles/hunt';
import { makePassKeys, readFunctions } from '../../../bench/needles/needles';

function straw(path: string, definitions: number): Straw {
  const lines = Array.from({ length: definitions }, (_, at) => ['', `top ${at}`, '  inside']).flat();
  return { path, lines, tokens: definitions * 10 };
}

test('a needle stands where it is said to stand, alone, with its key', () => {
  const straws = ['a.py', 'b.ts', 'c.go', 'd.rs', 'e.py', 'f.ts', 'g.go', 'h.rs'].map((path) =>
    straw(path, 20),
  );
  const needles = [...readFunctions(), ...makePassKeys()];
  const placed = placeNeedles(straws, needles);
  expect(placed.map(({ id }) => id)).toEqual(needles.map(({ id }) => id));
  for (const { path, startLine, endLine, code, key, before, after } of placed) {
    const lines = after.split('\n');
    expect(before).toBe(straws.find((file) => file.path === path)!.lines.join('\n'));
    expect(lines.splice(startLine - 2, endLine - startLine + 2).join('\n')).toBe(`\n${code}`);
    expect(lines.join('\n')).toBe(before);
    expect(code).toContain(key);
  }
});

test('needles of a kind are spread over the depth of the haystack', () => {
  const straws = Array.from({ length: 40 }, (_, at) =>
    straw(`${at}.${['py', 'ts', 'go', 'rs'][at % 4]!}`, 20),
  );
  const depths = placeNeedles(straws, makePassKeys()).map(({ depth }) => depth);
  depths.forEach((depth, at) => {
    expect(Math.abs(depth - (at + 0.5) / depths.length)).toBeLessThan(0.05);
  });
});

test('no question gives its key away, and no two pass keys are alike', () => {
  const passKeys = makePassKeys();
  expect(new Set(passKeys.map(({ key }) => key)).size).toBe(20);
  for (const { question, key } of [...readFunctions(), ...passKeys]) expect(question).not.toContain(key);
});

test('a haystack without a file of a needle’s language is refused', () => {
  expect(() => placeNeedles([straw('a.py', 3)], makePassKeys())).toThrow('no room in a .ts file');
});

test('a block counts if the needle fills half of it, or if it holds half of the needle', () => {
  const needle = { path: 'a.py', startLine: 10, endLine: 13 };
  const block = (startLine: number, endLine: number, path = 'a.py') => ({ path, startLine, endLine });
  expect(rankOf(needle, [block(1, 9), block(12, 30)])).toBe(2);
  expect(rankOf(needle, [block(13, 14)])).toBe(1);
  expect(rankOf(needle, [block(13, 40), block(10, 13, 'b.py')])).toBeNull();
});
