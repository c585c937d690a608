/** Each module of inhost/ in a VS Code of its own; its tests are this suite's. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { InHostResult } from './driver/messages';
import { VsCodeHost } from './host/vsCodeHost';
import { greetWorkspace } from './host/workspaces';

const modules = readdirSync(join(import.meta.dirname, 'inhost')).filter((name) => name.endsWith('.ts'));

describe.each(modules.map((name) => name.slice(0, -3)))('in the host: %s', async (name) => {
  // Run while vitest gathers, since only the module knows its tests; where this fails, the whole file has failed.
  for (const { name: title, error } of await resultsOf(name)) {
    it(title, () => {
      if (error !== undefined) throw new Error(error);
    });
  }
});

async function resultsOf(name: string): Promise<InHostResult[]> {
  const host = await VsCodeHost.launch({ workspace: greetWorkspace });
  try {
    return await host.runInHost(name);
  } finally {
    await host.close();
  }
}
