import { describe, expect, it } from 'vitest';
import { excludePatterns, folderPattern } from '../../../src/excludes';
import { RestartPolicy } from '../../../src/restartPolicy';

describe('what is left out', () => {
  it('is what the editor leaves out, in the syntax of .gitignore', () => {
    const files = { '**/.git': true, '**/*.js': { when: '$(basename).ts' }, out: true, '**/off': false };
    const search = { '**/node_modules': true, '**/*.{min.js,map}': true, 'a{,b}/c': true };
    expect(excludePatterns(['*.snap', '', 7], files, search)).toEqual([
      '**/.git',
      '/out',
      '**/node_modules',
      '**/*.min.js',
      '**/*.map',
      '/a/c',
      '/ab/c',
      '*.snap',
    ]);
  });

  it('names one folder as it is spelled', () => {
    expect(folderPattern('src/gen[1]/')).toBe('/src/gen\\[1\\]/');
  });
});

describe('a server that crashes', () => {
  it('is started again after growing pauses, and then no more', () => {
    const policy = new RestartPolicy();
    policy.started(0);
    const pauses = [1, 2, 3, 4, 5].map((at) => policy.crashed(at));
    expect(pauses.slice(0, -1)).toEqual([...pauses.slice(0, -1)].sort((a, b) => a! - b!));
    expect(pauses.at(-1)).toBeUndefined();
  });

  it('is forgiven after it ran well, or when the user asks', () => {
    const policy = new RestartPolicy();
    policy.started(0);
    const first = policy.crashed(1);
    expect(policy.crashed(2)).not.toBe(first);
    policy.started(10);
    expect(policy.crashed(10 * 60_000)).toBe(first);
    policy.forgive();
    expect(policy.crashed(11 * 60_000)).toBe(first);
  });
});
