/** An answer read again without each of its sources, on the toy package. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../server/answering/engine';
import { CancelledError } from '../../server/errors';
import { textSha256 } from '../../server/text/windows';
import { greet, listen, never, refused, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
let engine: Engine;
beforeAll(async () => {
  engine = await bench.engine();
});
afterAll(() => {
  bench.remove();
});

describe('verifying', () => {
  const root = bench.folder({ 'greet.py': greet, 'b.py': source(40) });
  const asked = { root, question: 'What does function_7 return, and what does greet say?' };

  it('tells of every citation what the sentence loses without its block', async () => {
    const { answer, read } = await engine.ask({ ...asked, maxTokens: 24, anyway: true }, silent, never);
    // The toy says nothing that could be cited, so its answer is given citations.
    const [first, second] = read;
    const lines = ({ path, startLine, endLine }: (typeof read)[number]) => ({ path, startLine, endLine });
    const citation = (n: number, hit: (typeof read)[number]) => ({
      n,
      ...lines(hit),
      sha256: hashOf(root, hit),
    });
    const half = answer.slice(0, answer.length >> 1);
    const sentences = [
      { text: half, citations: [1, 2] },
      { text: answer.slice(half.length), citations: [2] },
    ];
    const given = { ...asked, answer, sentences, read: read.map(lines) };
    const citations = [citation(1, first!), citation(2, second!)];
    const { emit, of } = listen();
    const { strengths } = await engine.verify({ ...given, citations }, emit, never);
    expect(strengths.map(({ sentence, n }) => [sentence, n])).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    for (const { fall } of strengths) expect(Number.isFinite(fall)).toBe(true);
    expect(strengths.some(({ fall }) => Math.abs(fall) > 1e-6)).toBe(true);
    expect(of('progress').filter(({ phase }) => phase === 'read')).toHaveLength(2);
    expect((await engine.verify({ ...given, citations }, silent, never)).strengths).toEqual(strengths);
    // What was not read cannot be left out, and what is not in the answer cannot be judged.
    const [, ...others] = given.read;
    const unread = await engine.verify({ ...given, citations, read: others }, silent, never);
    expect(unread.strengths.map(({ n }) => n)).toEqual([2, 2]);
    const elsewhere = [{ text: 'Nobody said this.', citations: [1] }, ...sentences];
    const judged = await engine.verify({ ...given, sentences: elsewhere, citations }, silent, never);
    expect(judged.strengths.map(({ sentence }) => sentence)).toEqual([1, 1, 2]);
    expect(judged.strengths.map(({ fall }) => fall)).toEqual(strengths.map(({ fall }) => fall));
    const changed = { ...citations[0]!, sha256: 'ab' };
    await refused(
      engine.verify({ ...given, citations: [changed] }, silent, never),
      /was changed since it was read for this answer\. Ask the question again/,
    );
    const stopped = new AbortController();
    stopped.abort();
    await expect(engine.verify({ ...given, citations }, silent, stopped.signal)).rejects.toThrow(
      CancelledError,
    );
    const gone = { path: 'gone.py', startLine: 1, endLine: 2 };
    await refused(
      engine.verify({ ...given, citations, read: [gone] }, silent, never),
      /gone\.py was changed/,
    );
  });
});

describe('a line that is longer than a block', () => {
  const line = Array.from(
    { length: 36 },
    (_, i) => `Greeting ${i} of the guests is said in hall ${i * 7}.`,
  ).join(' ');
  const root = bench.folder({ 'README.md': `${line}\n`, 'greet.py': greet });

  it('is one source: all of its pieces are left out, and those that were read are read again', async () => {
    const question = 'In which hall is greeting 20 of the guests said?';
    const { read } = await engine.ask({ root, question, maxTokens: 1, anyway: true }, silent, never);
    const answer = 'It is said in hall 140.';
    const pieces = read.filter(
      ({ path, startLine, endLine }) => path === 'README.md' && startLine === endLine,
    );
    expect(pieces.length).toBeGreaterThan(1);
    // Each of another block, though all have the same lines.
    expect(new Set(pieces.map(({ piece = 0 }) => piece)).size).toBe(pieces.length);
    const sentences = [{ text: answer, citations: [1] }];
    const citations = [
      { n: 1, path: 'README.md', startLine: 1, endLine: 1, sha256: hashOf(root, pieces[0]!) },
    ];
    const fallWith = async (places: typeof read): Promise<number> => {
      const given = { root, question, answer, sentences, citations, read: places };
      return (await engine.verify(given, silent, never)).strengths[0]!.fall;
    };
    const others = read.filter((hit) => !pieces.includes(hit));
    const [alone, together] = [await fallWith([pieces.at(-1)!, ...others]), await fallWith(read)];
    expect(alone).not.toBe(together);
    // The first piece is another text than the last one.
    expect(await fallWith([{ ...pieces.at(-1)!, piece: 0 }, ...others])).not.toBe(alone);
    await refused(fallWith([{ ...pieces[0]!, piece: 999 }]), /README\.md was changed/);
  });
});

function hashOf(
  root: string,
  { path, startLine, endLine }: { path: string; startLine: number; endLine: number },
) {
  const lines = readFileSync(join(root, path), 'utf8')
    .split('\n')
    .slice(startLine - 1, endLine);
  return textSha256(lines.join('\n'));
}
