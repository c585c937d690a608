import { describe, expect, it } from 'vitest';
import { answerMarkdown, escapeMarkdown } from '../../src/markdown';
import { answer, hit } from '../protocol/fakes';

const linkTo = ({ path, startLine }: { path: string; startLine: number }): string | undefined =>
  path.startsWith('src/') ? `file:///repos/${path}#L${startLine}` : undefined;

describe('text of the model as Markdown', () => {
  it.each([
    ['plain, *marked* text', 'plain, *marked* text'],
    ['[run](command:x)', '\\[run\\](command\\:x)'],
    ['\\[run](x)', '\\\\\\[run\\](x)'],
    ['<command:x> <a href="x">', '\\<command\\:x> \\<a href="x">'],
    ['see https://example.org', 'see https\\://example.org'],
    ['`[x](y)`', '`\\[x\\](y)`'],
    ['a\x1b[2J\u202eb', 'a\ufffd\\[2J\ufffdb'],
  ])('%j becomes %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});

describe('an answer as Markdown', () => {
  it('links numbers and the list to the cited lines', () => {
    expect(answerMarkdown('Who\nclears?', answer, linkTo)).toBe(
      `# Who clears?

It is cleared by clear. [1](<file:///repos/src/cache.ts#L3>)
Nobody calls it. (?)

1. [src/cache.ts:3-5](<file:///repos/src/cache.ts#L3>)

(?) Nothing that was read supports this sentence.
`,
    );
  });

  it('links to nothing outside the workspace', () => {
    const outside = { ...answer.citations[0]!, path: '../secret' };
    expect(answerMarkdown('q', { ...answer, citations: [outside] }, linkTo)).not.toContain('](');
  });

  it('lists the nearest places where it abstains', () => {
    const abstained = {
      ...answer,
      sentences: [],
      answer: 'Not here.',
      citations: [],
      abstained: true,
      nearest: [hit],
    };
    expect(answerMarkdown('q', abstained, linkTo)).toMatch(
      /Not here\.\n\nThe nearest places to look:\n\n- \[src\/cache\.ts:3-5\]/,
    );
  });
});
