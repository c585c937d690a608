import { describe, expect, test } from 'vitest';
import { linesUnread, namesSaid, sentencesOf } from '../../../bench/summaries/judge';
import { fullestFolder, joinFiles } from '../../../bench/summaries/joined';

describe('one file of many', () => {
  const file = (path: string, lines: number) => ({ path, text: 'x = 1\n'.repeat(lines) });
  const projects = [
    { name: 'one', files: [file('a.go', 3), file('b.py', 9), file('c.go', 1)] },
    { name: 'two', files: [file('d.go', 2), file('e.go', 2)] },
  ];

  test('is made of whole files of one language until it is long enough', () => {
    const { text, ...rest } = joinFiles(projects, 'go', 11);
    expect(rest).toEqual({ lineCount: 15, fileCount: 3, repositories: ['one', 'two'] });
    expect(text.split('\n')).toHaveLength(16);
    expect(text.match(/^\/\/ .*$/gm)).toEqual([
      '// File a.go of one',
      '// File c.go of one',
      '// File d.go of two',
    ]);
    expect(joinFiles(projects, 'py', 1).text).toMatch(/^# File b\.py of one\n\nx = 1\n/);
  });

  test('says where there is too little, or nothing known', () => {
    expect(() => joinFiles(projects, 'go', 1_000)).toThrow(/there are 20 lines of go, not 1000/);
    expect(() => joinFiles(projects, 'cobol', 1)).toThrow(/knows go, py, rs, ts/);
  });
});

test('the fullest folder holds most files itself', () => {
  expect(fullestFolder(['a.ts', 'b.ts', 'c.ts', 'src/a.ts', 'src/x/a.ts', 'src/x/b.ts'])).toBe('src/x/');
  expect(fullestFolder(['z/a', 'y/a'])).toBe('y/');
  expect(fullestFolder(['a', 'b'])).toBeUndefined();
});

describe('a summary', () => {
  const files = [
    { path: 'src/cart.py', lines: ['def add_item(item):', '', 'def never_read():', '    pass'] },
    { path: 'src/shop.py', lines: ['open_shop()'] },
  ];
  const read = [{ path: 'src/cart.py', startLine: 1, endLine: 2 }];

  test('invents what stands nowhere, and may say what it did not read', () => {
    const sentences = ['`add_item` of `src/shop.py`.', '`never_read` and openShop().'];
    expect(namesSaid(sentences, files, read)).toEqual({
      said: ['add_item', 'src', 'shop', 'py', 'never_read', 'openShop'],
      notRead: ['never_read', 'openShop'],
      invented: ['openShop'],
    });
  });

  test('leaves lines out that lie in no block, unless they are empty', () => {
    expect(linesUnread(files[0]!, read)).toBe(2);
    expect(linesUnread(files[0]!, [...read, { path: 'src/cart.py', startLine: 3, endLine: 4 }])).toBe(0);
    expect(linesUnread({ path: 'a', lines: ['x', ' '] }, [{ path: 'a', startLine: 1, endLine: 1 }])).toBe(0);
  });

  test('of one part says its sentences once', () => {
    const told = (text: string) => ({ text, citations: [] });
    const section = (...texts: string[]) => ({
      ...{ title: '', path: 'a', startLine: 1, endLine: 1 },
      sentences: texts.map(told),
    });
    expect(sentencesOf({ sentences: [told('One.')], sections: [section('One.')] })).toEqual(['One.']);
    expect(sentencesOf({ sentences: [told('All.')], sections: [section('One.'), section('Two.')] })).toEqual([
      'All.',
      'One.',
      'Two.',
    ]);
  });
});
