/** Summaries: every block is read, each part says its lines, and the page is a document as any other. */

import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';

const longLines = 20_000;
const functionLines = 20;
const long = Array.from({ length: longLines / functionLines }, (_, at) =>
  [
    `export function step${at}(value) {`,
    ...Array.from({ length: functionLines - 3 }, (_unused, line) => `  value += ${line};`),
    '  return value;',
    '}',
  ].join('\n'),
).join('\n');
const hostile = '<img src=x onerror=alert(1)> [click](command:workbench.action.quit) \u202egnp.exe\n'.repeat(
  30,
);

let host: VsCodeHost;
beforeAll(async () => {
  host = await VsCodeHost.launch({
    workspace: {
      name: 'steps',
      files: {
        'src/long.js': `${long}\n`,
        'src/short.py': 'def short():\n    return 1\n',
        'src/hostile.txt': hostile,
        'README.md': '# Steps\n\nMany steps.\n',
      },
    },
  });
  return () => host.close();
});

/** The toy model is quick, but the machine may be shared. */
const patient = { timeout: 240_000, interval: 500 };
const pageOf = (title: string): Promise<string> =>
  host.inHost.evaluate(
    (vscode, name) =>
      vscode.workspace.textDocuments
        .find(({ uri }) => uri.scheme === 'landmark' && uri.path.includes(name))
        ?.getText() ?? '',
    title,
  );
const finished = (title: string): Promise<unknown> =>
  expect.poll(() => pageOf(title), patient).toMatch(/[\d,]+ of [\d,]+ blocks read/);
const start = (command: string, path = ''): Promise<void> =>
  host.inHost.evaluate(
    (vscode, [id, file]) => {
      void vscode.commands.executeCommand(id, ...(file === '' ? [] : [vscode.Uri.file(file)]));
    },
    [command, path] as const,
  );

describe('a file of 20,000 lines', () => {
  const title = 'long.js';

  it('is summarized while the page is written, with a bar that can be cancelled', async () => {
    await host.workbench.openFile(host.path('src/long.js'));
    await start('landmark.summarize.file');
    await expect.poll(() => pageOf(title), patient).toMatch(/\d+ of \d+ sections told/);
    await host.workbench.screenshot('summary-running');
    await host.workbench.clickNotification(/Summary of src\/long\.js/, 'Cancel');
    await expect.poll(() => pageOf(title), patient).toContain('*Stopped.*');
    expect(await pageOf(title)).toMatch(/^## /m);
  });

  it('is read to the last block, and its sections cover every line', async () => {
    await host.workbench.openFile(host.path('src/long.js'));
    await start('landmark.summarize.file');
    await finished(title);
    const text = await pageOf(title);
    const [, read, total] = /([\d,]+) of ([\d,]+) blocks read/.exec(text)!;
    expect(read).toBe(total);
    const ranges = [...text.matchAll(/ · (\d+)-(\d+) \[s\d+\]$/gm)].map(([, from, to]) => [
      Number(from),
      Number(to),
    ]);
    expect(ranges[0]![0]).toBe(1);
    expect(ranges.at(-1)![1]).toBe(longLines);
    for (const [at, [from]] of ranges.entries()) if (at > 0) expect(from).toBe(ranges[at - 1]![1]! + 1);
    await host.workbench.screenshot('summary-file');
  }, 300_000);

  it('has links that open exactly the lines of a section, and an outline', async () => {
    const found = await host.inHost.evaluate(async (vscode, name) => {
      const document = vscode.workspace.textDocuments.find(
        ({ uri }) => uri.scheme === 'landmark' && uri.path.includes(name),
      )!;
      type Links = { range: { start: { line: number } }; target?: { fsPath: string; fragment: string } }[];
      const links = await vscode.commands.executeCommand<Links>(
        'vscode.executeLinkProvider',
        document.uri,
        1000,
      );
      const symbols = await vscode.commands.executeCommand<{ name: string; children: { name: string }[] }[]>(
        'vscode.executeDocumentSymbolProvider',
        document.uri,
      );
      const heading = /^## .* · (\d+)-(\d+) \[s2\]$/m.exec(document.getText())!;
      const at = document.positionAt(heading.index).line;
      const link = links.find(({ range, target }) => range.start.line === at && target);
      return {
        expected: `L${heading[1]}-L${heading[2]}`,
        fragment: link?.target?.fragment,
        file: link?.target?.fsPath,
        sections: symbols.map(({ name: symbol, children }) => [symbol, children.length]),
        ranges: [Number(heading[1]), Number(heading[2])],
        line: at,
      };
    }, title);
    expect(found.fragment).toBe(found.expected);
    expect(found.file).toBe(host.path('src/long.js'));
    expect(
      found.sections.some(
        ([name, count]) => String(name).includes('Summary of src/long.js') && Number(count) > 5,
      ),
    ).toBe(true);
  });
});

describe('other summaries', () => {
  it('are of a selection', async () => {
    await host.workbench.closeTabs();
    await host.workbench.openFile(host.path('src/long.js'));
    await host.inHost.evaluate((vscode) => {
      vscode.window.activeTextEditor!.selection = new vscode.Selection(20, 0, 80, 0);
    });
    await start('landmark.summarize.selection');
    await finished('lines 21 to 80');
  });

  it('are of a folder, with a map of its files', async () => {
    await start('landmark.summarize.folder', host.path('src'));
    await finished('Summary of src.md');
    expect(await pageOf('Summary of src.md')).toMatch(/^## src\/short\.py · 1-2 \[s\d+\]$/m);
    await host.workbench.screenshotInThemes('summary-folder');
  });

  it('can be saved, with the addresses of their links', async () => {
    expect(await pageOf('Summary of src.md')).not.toContain('file://');
    const target = host.path('saved.md');
    await host.inHost.evaluate(async (vscode, name) => {
      const { uri } = vscode.workspace.textDocuments.find((document) => document.uri.path.includes(name))!;
      await vscode.window.showTextDocument(uri, { preview: false });
      void vscode.commands.executeCommand('workbench.action.files.saveAs');
    }, 'Summary of src.md');
    await host.workbench.quickInput.acceptPath(target);
    await expect
      .poll(() => existsSync(target) && readFileSync(target, 'utf8'), patient)
      .toContain('[s1]: <file://');
    const saved = readFileSync(target, 'utf8');
    expect(saved).toMatch(/[\d,]+ of [\d,]+ blocks read/);
    expect(saved).toContain(`<file://${host.path('src/short.py')}#L1-L2>`);
  });

  it('show hostile text as text', async () => {
    await start('landmark.summarize.file', host.path('src/hostile.txt'));
    await finished('hostile');
    expect(await pageOf('hostile')).not.toMatch(/(?<!\\)\]\(|(?<!\\)<img|\u202e/);
    // Whatever finds links in a document: only this extension's own do.
    const targets = await host.inHost.evaluate(async (vscode) => {
      const { uri } = vscode.workspace.textDocuments.find(
        ({ uri: { scheme, path } }) => scheme === 'landmark' && path.includes('hostile'),
      )!;
      type Links = { target?: { toString(): string } }[];
      const links = await vscode.commands.executeCommand<Links>('vscode.executeLinkProvider', uri, 100);
      return links.map(({ target }) => target?.toString() ?? '');
    });
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((target) => !/^file:.*\/src\/hostile\.txt#L\d+-L\d+$/.test(target))).toEqual([]);
  });

  it('ask nothing of any other machine', () => {
    expect(host.foreignRequests).toEqual([]);
  });
});
