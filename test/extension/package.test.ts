/** The file that is published: what it holds, and that it works in a profile that never saw the checkout. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  packageBytesMax,
  packageExtension,
  unexpectedFiles,
  withoutFileLinks,
  type ExtensionPackage,
} from '../../package.mjs';
import { testCacheFolder } from '../oracle/fixtures';
import { askTool } from './host/askTool';
import { VsCodeHost } from './host/vsCodeHost';
import { greetWorkspace } from './host/workspaces';

/** The base as `npm test` has fetched it; the profile has a cache of its own. */
const baseFile = join(testCacheFolder, 'base', 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf');
const target = `${process.platform}-${process.arch}`;
let folder: string;
let made: ExtensionPackage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'landmark-vsix-'));
  made = await packageExtension(target, join(folder, 'landmark.vsix'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the package', () => {
  it('holds the bundles, the runtime, the graphs and the landmark weights', () => {
    const [platform, architecture] = target.split('-');
    expect(made.files).toEqual(
      expect.arrayContaining([
        'extension/dist/extension.js',
        'extension/dist/server.js',
        'extension/dist/modelWorker.js',
        'extension/package.json',
        'extension/readme.md',
        'extension/LICENSE.txt',
        'extension/NOTICE',
        'extension/dist/ThirdPartyNotices.txt',
        'extension/models/qwen2.5-coder-0.5b-landmark/encoder.int8.onnx',
        'extension/models/qwen2.5-coder-0.5b-landmark/reader.blocks.onnx',
        'extension/models/qwen2.5-coder-0.5b-landmark/landmarks.safetensors',
        'extension/models/qwen2.5-coder-1.5b-landmark/landmarks.safetensors',
        'extension/models/qwen2.5-coder-1.5b-reader/reader.int8.onnx',
        `extension/node_modules/onnxruntime-node/bin/napi-v6/${platform}/${architecture}/onnxruntime_binding.node`,
      ]),
    );
  });

  it('has a page whose links lead somewhere', () => {
    const page = '[docs/a.md](docs/a.md), [dark](docs/b.png), [us](https://a.b/c.md), ![shown](docs/c.png)';
    expect(withoutFileLinks(page)).toBe('docs/a.md, dark, [us](https://a.b/c.md), ![shown](docs/c.png)');
  });

  it('holds nothing else, and is small', () => {
    expect(unexpectedFiles(made.files, target)).toEqual([]);
    expect(made.bytes).toBeLessThan(packageBytesMax);
  });

  it('would be refused with base weights, sources, tests or another platform in it', () => {
    const wrong = [
      'extension/models/qwen2.5-coder-0.5b-landmark/weights.int8.bin',
      'extension/models/qwen2.5-coder-1.5b-reader/weights.int8.bin',
      'extension/models/toy-landmark/manifest.json',
      'extension/models/toy-reader/manifest.json',
      'extension/src/extension.ts',
      'extension/test/run.mjs',
      'extension/dist/bench-ask.js',
      'extension/dist/extension.js.map',
      'extension/node_modules/onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll',
      'extension/node_modules/vscode-uri/package.json',
    ];
    expect(unexpectedFiles(wrong, 'linux-x64')).toEqual(wrong);
  });

  it('cannot be made for a platform that the runtime has no binary for, or that is unknown', async () => {
    await expect(packageExtension('darwin-x64')).rejects.toThrow(/ships no binary for darwin-x64/);
    await expect(packageExtension('plan9-x64')).rejects.toThrow(/no target "plan9-x64"/);
  });
});

describe('installed into a fresh profile', () => {
  let host: VsCodeHost;
  beforeAll(async () => {
    host = await VsCodeHost.launch({
      workspace: greetWorkspace,
      vsix: made.path,
      model: 'default',
      weights: 'missing',
    });
    return () => host.close();
  });
  const timeout = 120_000;
  const progress = (): ReturnType<typeof host.page.locator> =>
    host.workbench.notification('Getting the model');

  it('gets the model from a file, pauses and goes on', async () => {
    await host.inHost.evaluate((vscode) => {
      void vscode.commands.executeCommand('landmark.model.get');
    });
    const dialog = host.page.locator('.monaco-dialog-box');
    await dialog.locator('.monaco-button', { hasText: 'Choose a File' }).click();
    await host.workbench.quickInput.acceptPath(baseFile);
    await progress().getByText('converting').waitFor({ timeout });
    await host.workbench.screenshot('first-getting-model');
    await host.workbench.clickNotification('Getting the model', 'Cancel');
    await host.workbench.notification('is paused').waitFor({ timeout });
    await host.workbench.screenshot('first-paused-model');
    await host.workbench.clickNotification('is paused', 'Continue');
    await host.workbench.notification('The model is ready').waitFor({ timeout });
  });

  it('answers, cites, and asks nothing of any other machine', async () => {
    expect(await askTool(host, 'What does greet return?')).toMatch(/hello[^]*greet\.py:1-3/);
    expect(host.foreignRequests).toEqual([]);
    expect(host.consoleErrors).toEqual([]);
  });
});
