/** Asking before the model was fetched: words alone find the nearest places, and the way to the model stands beside. */

import { beforeAll, describe, expect, it } from 'vitest';
import { VsCodeHost } from '../host/vsCodeHost';
import type { Webview } from '../host/webview';
import { greetWorkspace } from '../host/workspaces';
import { ask, openPanel, patience, violations } from './askView';

let host: VsCodeHost;
let view: Webview;
beforeAll(async () => {
  host = await VsCodeHost.launch({ workspace: greetWorkspace, weights: 'missing', theme: 'dark' });
  return () => host.close();
});

describe('a question without the model', () => {
  it('names the nearest places, found by words', async () => {
    view = await openPanel(host);
    await ask(view, 'Where is hello said by greet?');
    const turn = view.locator('.turn');
    await turn.locator('.nearest').waitFor(patience);
    expect(await turn.locator('.nearest').innerText()).toContain('found by words');
    expect(await turn.locator('.place').allInnerTexts()).toContain('greet.py:1-3');
    expect(await view.locator('.notice').allInnerTexts()).toEqual([expect.stringContaining('not here yet')]);
    expect(await turn.locator('.notice').innerText()).toContain('The model is not here yet');
    expect(await turn.locator('.notice.error').count()).toBe(0);
    await turn.getByRole('button', { name: 'Get the Model' }).waitFor();
    expect(await violations(view)).toEqual([]);
    await host.workbench.screenshot('ask-by-words-dark');
  });

  it('opens such a place with its lines selected', async () => {
    await view.locator('.nearest .place').filter({ hasText: 'greet.py' }).click();
    await expect
      .poll(async () => (await host.workbench.editor())?.selectedText, patience)
      .toMatch(/^def greet\(name\):[^]*return "hello " \+ name$/);
  });
});

it('the tool that searches finds by words as well', async () => {
  const found = await host.inHost.evaluate(async (vscode) => {
    const input = { question: 'greet hello' };
    const options = { input, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool('landmark_search', options);
    return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
  });
  expect(found).toMatch(/^greet\.py:1-3 \(score .*words: .*greet/m);
});
