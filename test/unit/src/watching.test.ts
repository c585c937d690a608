/** Changes of files: many are told as one, and a system without watches is noticed. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Coalescer } from '../../../src/index/coalesce';
import { isWatchLimitReached } from '../../../src/index/watchLimit';
import { repositoryRoot } from '../../oracle/fixtures';
import { temporaryFolder } from '../support/temporaryFolder';

describe('changes', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const period = { quietMs: 3_000, latestMs: 30_000 };

  it('of a whole branch are told once, when it is quiet', () => {
    let told = 0;
    const coalescer = new Coalescer(period, () => told++);
    for (let file = 0; file < 5_000; file++) coalescer.changed();
    vi.advanceTimersByTime(2_999);
    expect(told).toBe(0);
    vi.advanceTimersByTime(1);
    expect(told).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('without an end are told every half minute', () => {
    const toldAtMs: number[] = [];
    const begin = Date.now();
    const coalescer = new Coalescer(period, () => toldAtMs.push(Date.now() - begin));
    for (let second = 0; second < 70; second++) {
      coalescer.changed();
      vi.advanceTimersByTime(1_000);
    }
    expect(toldAtMs).toEqual([30_000, 60_000]);
  });

  it('are not told after the end', () => {
    let told = 0;
    const coalescer = new Coalescer(period, () => told++);
    coalescer.changed();
    coalescer.stop();
    vi.runAllTimers();
    expect(told).toBe(0);
  });
});

describe('the limit of watches', () => {
  it('is not reached where a folder can be watched, nor told of a folder that is gone', () => {
    const folder = temporaryFolder();
    expect(isWatchLimitReached(folder)).toBe(false);
    expect(isWatchLimitReached(join(folder, 'gone'))).toBe(false);
  });

  it.skipIf(!canLimitWatches())('is noticed in a process that may watch nothing', () => {
    const folder = temporaryFolder();
    const script = join(folder, 'probe.cjs');
    const probe = `import { isWatchLimitReached } from './src/index/watchLimit';
      console.log(isWatchLimitReached(${JSON.stringify(folder)}));`;
    buildSync({
      stdin: { contents: probe, resolveDir: repositoryRoot, loader: 'ts' },
      bundle: true,
      platform: 'node',
      outfile: script,
    });
    expect(withoutWatches(`${process.execPath} ${script}`)).toBe('true');
  });
});

/** Runs a command in a namespace of its own, in which the kernel grants no watch. */
function withoutWatches(command: string): string {
  const script = `echo 0 > /proc/sys/user/max_inotify_watches && ${command}`;
  return execFileSync('unshare', ['--user', '--map-root-user', 'sh', '-c', script], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
}

function canLimitWatches(): boolean {
  try {
    return process.platform === 'linux' && withoutWatches('echo yes') === 'yes';
  } catch {
    return false;
  }
}
