/** Summaries of changes: all that is not committed, or all that differs between two revisions, and nothing else. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';

const patient = { timeout: 60_000, interval: 250 };

let folder: string;
let host: VsCodeHost;
const git = (...args: string[]): void => {
  const author = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...author, ...args], { cwd: folder, stdio: 'ignore' });
};
const write = (path: string, text: string | Buffer): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const commit = (path: string, text: string): void => {
  write(path, text);
  git('add', '-A');
  git('commit', '-q', '-m', path);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-changes-'));
  git('init', '-q', '-b', 'main');
  for (const name of ['edited', 'staged', 'gone']) write(`${name}.py`, `def ${name}():\n    return 1\n`);
  commit('first.py', 'first = 1\n');
  git('checkout', '-q', '-b', 'topic');
  commit('on_topic.py', 'topic = 1\n');
  git('checkout', '-q', 'main');
  commit('on_main.py', 'main = 1\n');
  host = await VsCodeHost.launch({ workspace: folder });
  return async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  };
});

const sections = (text: string): string[] =>
  [...text.matchAll(/^## ([\w./]+)/gm)].map(([, path]) => path!).sort();
/** Runs the command, answers its questions, and waits for the finished page. */
async function summary(...answers: string[]): Promise<string> {
  await host.workbench.closeTabs();
  await host.inHost.evaluate(async (vscode) => {
    type Git = { getAPI(version: 1): { repositories: unknown[] } };
    const extension = (await vscode.extensions.getExtension('vscode.git')?.activate()) as Git;
    while (extension.getAPI(1).repositories.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    void vscode.commands.executeCommand('landmark.summarize.changes');
  });
  for (const [at, answer] of answers.entries()) {
    if (at > 0) await host.workbench.quickInput.type(answer);
    await host.workbench.quickInput.pick(answer);
  }
  const page = async (): Promise<string> => {
    const editor = await host.inHost.evaluate((vscode) =>
      vscode.window.visibleTextEditors
        .map(({ document }) => document)
        .filter(({ uri }) => uri.scheme === 'landmark')
        .map((document) => document.getText()),
    );
    return editor[0] ?? '';
  };
  await expect.poll(page, patient).toMatch(/\d+ of \d+ blocks read/);
  return page();
}

describe('a summary of the working tree', () => {
  it('holds what is edited, staged, new and deleted, and tells what it leaves out', async () => {
    write('edited.py', 'def edited():\n    return 2\n');
    write('staged.py', 'def staged():\n    return 2\n');
    write('staged_new.py', 'new = 1\n');
    git('add', 'staged.py', 'staged_new.py');
    git('rm', '-q', 'gone.py');
    write('src/untracked.py', 'untracked = 1\n');
    write('picture.png', Buffer.from([1, 0, 2]));
    const text = await summary('Working tree');
    expect(sections(text)).toEqual([
      'edited.py',
      'gone.py',
      'src/untracked.py',
      'staged.py',
      'staged_new.py',
    ]);
    expect(text).toContain('left out: picture.png');
    await host.workbench.screenshot('summary-changes');
  });
});

describe('a summary of two revisions', () => {
  it('holds what differs between them, also what only the first one has', async () => {
    expect(sections(await summary('Two revisions', 'main', 'topic'))).toEqual(['on_main.py', 'on_topic.py']);
  });
});
