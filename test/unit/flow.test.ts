import { describe, expect, it } from 'vitest';
import { flowSentences, Parts, usesOf, type Use } from '../../server/answering/summarize/flow';

const never = new AbortController().signal;

function uses(...pairs: string[]): Use[] {
  return pairs.map((pair) => {
    const [from, to, imports = '1'] = pair.split(' ') as [string, string, string?];
    return { from, to, imports: Number(imports), path: from, line: 1 };
  });
}

describe('parts of a folder', () => {
  it('are its folders and files, and those of a folder that holds most of it', () => {
    const parts = new Parts(['src/a/1.ts', 'src/a/2.ts', 'src/b.ts', 'src/c/3.ts', 'main.ts']);
    expect(['src/a/2.ts', 'src/b.ts', 'main.ts', 'else.ts'].map((path) => parts.of(path))).toEqual([
      ...['src/a', 'src/b.ts', 'main.ts', undefined],
    ]);
    expect([parts.openLargest(), parts.of('src/a/1.ts')]).toEqual([true, 'src/a/1.ts']);
    expect(parts.openLargest()).toBe(false);
    expect(new Parts([]).of('a')).toBeUndefined();
  });
});

describe('how parts use each other', () => {
  const files = (folder: Record<string, string>): { path: string; lines: string[] }[] =>
    Object.entries(folder).map(([path, text]) => ({ path, lines: text.split('\n') }));

  it('is counted over the imports from one to another, without tests', async () => {
    const found = await usesOf(
      files({
        'cli/a.ts': "import '../lib/x';\nimport '../lib/y';",
        'cli/b.ts': "\nimport '../lib/x';\nimport './a';",
        'lib/x.ts': "import '../base/z';",
        'lib/y.ts': "import './x';",
        'base/z.ts': '',
        'test/t.test.ts': "import '../cli/a';",
      }),
      never,
    );
    // Between three folders there are two uses, so the largest is opened.
    expect(found.map(({ from, to }) => `${from} ${to}`)).toEqual([
      ...['cli/a.ts lib', 'cli/b.ts lib', 'cli/b.ts cli/a.ts', 'lib base'],
    ]);
    expect(found[0]).toMatchObject({ imports: 2, path: 'cli/a.ts', line: 1 });
  });

  it('is nothing where nothing is imported, or is asked to stop', async () => {
    expect(await usesOf(files({ 'a.go': '', 'b.go': '' }), never)).toEqual([]);
    expect(flowSentences([])).toEqual([]);
    await expect(usesOf(files({ 'a.ts': '' }), AbortSignal.abort())).rejects.toThrow();
  });

  it('is told by what uses most, strongest first, and by what most use', () => {
    const told = flowSentences(
      uses('cli server 9', 'cli protocol 3', 'src protocol', 'server protocol', 'cli src 2', 'src media'),
    );
    expect(told.map(({ text }) => text)).toEqual([
      'By what is imported, `cli` uses `server`, `protocol` and `src`.',
      '`src` uses `protocol` and `media`.',
      '`server` uses `protocol`.',
      '`protocol` is used by 3 of the 4 others.',
    ]);
    expect(told[3]!.uses.map(({ from }) => from)).toEqual(['cli', 'src', 'server']);
  });

  it('names a shared folder once, and no more than some of many', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `lib/core/index.ts lib/core/${name}`);
    expect(flowSentences(uses(...many)).map(({ text }) => text)).toEqual([
      'Within `lib/core`, by what is imported, `index.ts` uses `a`, `b`, `c`, `d` and 2 others.',
    ]);
    const all = flowSentences(uses('x/a x/d', 'x/b x/d', 'x/c x/d'));
    expect(all.at(-1)!.text).toBe('`d` is used by all 3 others.');
  });
});
