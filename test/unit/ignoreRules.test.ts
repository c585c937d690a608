import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { check, plant, scan, type Tree } from './support/folderTree';

describe('ignore rules', () => {
  const nested: Tree = {
    '.gitignore': '*.log\nbuild/\n/only-root.txt\ndocs/*.tmp\n# a comment\n\\#odd\nkeep/*\n!keep/this.txt\n',
    'a.ts': 'a',
    'a.log': 'a',
    '#odd': 'a',
    'build/out.ts': 'a',
    'only-root.txt': 'a',
    'docs/x.tmp': 'a',
    'docs/deep/x.tmp': 'a',
    'keep/this.txt': 'a',
    'keep/that.txt': 'a',
    'sub/.gitignore': '!important.log\nbuild2\n!build/\nlocal/*.ts\n',
    'sub/important.log': 'a',
    'sub/other.log': 'a',
    'sub/build2/x.ts': 'a',
    'sub/build/x.ts': 'a',
    'sub/build/x.log': 'a',
    'sub/local/x.ts': 'a',
    'sub/deep/local/x.ts': 'a',
    'sub/only-root.txt': 'a',
    'sub/deep/.gitignore': 'important.log\n',
    'sub/deep/important.log': 'a',
    'odd [x]*/.gitignore': '/here.ts\nname with space\\ \n',
    'odd [x]*/here.ts': 'a',
    'odd [x]*/more/here.ts': 'a',
    'odd [x]*/more/name with space ': 'a',
    'odd x/here.ts': 'a',
  };

  test('hold from the folder they stand in, and the deeper one wins', async () => {
    await check(
      plant(nested),
      [
        '.gitignore',
        'a.ts',
        'docs/deep/x.tmp',
        'keep/this.txt',
        'odd [x]*/.gitignore',
        'odd [x]*/more/here.ts',
        'odd x/here.ts',
        'sub/.gitignore',
        'sub/build/x.ts',
        'sub/deep/.gitignore',
        'sub/deep/local/x.ts',
        'sub/important.log',
        'sub/only-root.txt',
      ],
      [
        '#odd: ignored',
        'a.log: ignored',
        'build/: ignored',
        'docs/x.tmp: ignored',
        'keep/that.txt: ignored',
        'odd [x]*/here.ts: ignored',
        'odd [x]*/more/name with space : ignored',
        'only-root.txt: ignored',
        'sub/build/x.log: ignored',
        'sub/build2/: ignored',
        'sub/deep/important.log: ignored',
        'sub/local/x.ts: ignored',
        'sub/other.log: ignored',
      ],
    );
  });

  test.skipIf(!hasGit())('leave out what git leaves out', async () => {
    const root = plant(nested);
    execFileSync('git', ['init', '--quiet', root]);
    const listed = execFileSync('git', ['-C', root, 'ls-files', '-z', '--others', '--exclude-standard'], {
      encoding: 'utf8',
    });
    const { files } = await scan(root);
    expect(files.map(({ path }) => path)).toEqual(listed.split('\0').filter(Boolean).sort());
  });

  test('let .landmarkignore have the last word, at every level', async () => {
    const root = plant({
      '.gitignore': 'generated/\n*.csv\n',
      '.landmarkignore': '!generated/\n*.svg\n',
      'a.ts': 'a',
      'generated/api.ts': 'a',
      'data/.landmarkignore': '!*.csv\n',
      'data/.gitignore': '!logo.svg\n',
      'data/x.csv': '1',
      'data/logo.svg': '<svg/>',
      'x.csv': '1',
    });
    await check(
      root,
      [
        '.gitignore',
        '.landmarkignore',
        'a.ts',
        'data/.gitignore',
        'data/.landmarkignore',
        'data/x.csv',
        'generated/api.ts',
      ],
      ['data/logo.svg: ignored', 'x.csv: ignored'],
    );
  });

  test('of the user have the last word, in every folder', async () => {
    const root = plant({
      '.landmarkignore': '!made/\n',
      'made/a.ts': 'a',
      'made/keep.ts': 'a',
      'sub/made/b.ts': 'b',
      'c.ts': 'c',
    });
    const exclude = ['made/*', '!made/keep.ts', '# a comment', ''];
    await check(root, ['.landmarkignore', 'c.ts', 'made/keep.ts', 'sub/made/b.ts'], ['made/a.ts: ignored'], {
      exclude,
    });
    await check(root, ['.landmarkignore', 'c.ts'], ['made/: ignored', 'sub/made/: ignored'], {
      exclude: ['made/'],
    });
  });

  test('always leave out what tools write', async () => {
    const root = plant({
      '.gitignore': '!node_modules/\n!yarn.lock\n',
      'node_modules/x/index.js': 'a',
      'sub/node_modules/y.js': 'a',
      '.hg/x': 'a',
      '.svn/x': 'a',
      'yarn.lock': 'a',
      'sub/Cargo.lock': 'a',
      'app.min.js': 'a',
      'app.js.map': 'a',
      'app.js': 'a',
    });
    mkdirSync(join(root, '.git'));
    await check(
      root,
      ['.gitignore', 'app.js'],
      [
        '.git/: ignored',
        '.hg/: ignored',
        '.svn/: ignored',
        'app.js.map: ignored',
        'app.min.js: ignored',
        'node_modules/: ignored',
        'sub/Cargo.lock: ignored',
        'sub/node_modules/: ignored',
        'yarn.lock: ignored',
      ],
    );
  });
});

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
