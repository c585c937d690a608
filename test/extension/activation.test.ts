/** What the extension costs a window in which nobody asks anything. */

import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { askTool } from './host/askTool';
import { cpuMs } from './host/processes';
import { VsCodeHost } from './host/vsCodeHost';
import { greetWorkspace } from './host/workspaces';

const activationMsMax = 150;
const idleShareMax = 0.01;
const settledMs = 3_000;
const idleMs = 15_000;
/** VS Code measures by the clock, so on a machine whose cores are shared by many each start takes as many times longer. */
const slowdown = Math.max(1, loadavg()[0]! / availableParallelism());

it(`is activated within ${activationMsMax} ms, as VS Code itself measures it`, async () => {
  const host = await VsCodeHost.launch({ workspace: greetWorkspace });
  try {
    const measured = [await activationMs(host)];
    // The machine may be busy with something else; what it can do shows in the best of a few starts.
    while (measured.length < 4 && Math.min(...measured) >= activationMsMax * slowdown) {
      await host.reload();
      measured.push(await activationMs(host));
    }
    console.log(`activation: ${measured.join(', ')} ms`);
    expect(Math.min(...measured)).toBeLessThan(activationMsMax * slowdown);
  } finally {
    await host.close();
  }
});

it(`has a server that, once it has answered, takes less than ${100 * idleShareMax} % of a core`, async () => {
  const host = await VsCodeHost.launch({ workspace: greetWorkspace });
  try {
    await askTool(host, 'What does greet return?');
    const [pid] = host.languageServers();
    await sleep(settledMs);
    const before = cpuMs(pid!);
    await sleep(idleMs);
    const spentMs = cpuMs(pid!) - before;
    console.log(`an idle server: ${spentMs} ms of ${idleMs} ms`);
    expect(host.languageServers()).toEqual([pid]);
    expect(spentMs).toBeLessThan(idleShareMax * idleMs);
  } finally {
    await host.close();
  }
});

async function activationMs(host: VsCodeHost): Promise<number> {
  await host.inHost.evaluate((vscode) => vscode.extensions.getExtension('landmark.landmark')?.activate());
  return host.workbench.activationMs('Landmark');
}
