/** What one session leaves for the next: cuts, stamps and words beside the store. */

import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { greet, never, silent, source, ToyBench } from './toyEngine';

const bench = new ToyBench();
afterAll(() => {
  bench.remove();
});

describe('a workspace that is opened again', () => {
  it('is what a new store finds, also where files and what is kept of them changed in between', async () => {
    const root = bench.folder({ 'a.py': greet, 'code.py': source(200), 'z.py': source(9, 'other') });
    // Until files have lain still.
    await setTimeout(2_100);
    const first = await bench.engine('again');
    await first.index({ root }, silent, never);
    await first.dispose();
    const questions = ['greet', 'other_3', 'What does zebra return?', 'function_77'];
    const compare = async (cache: string): Promise<void> => {
      const [again, fresh] = [await bench.engine('again'), await bench.engine(cache)];
      expect((await again.index({ root }, silent, never)).files).toBe(
        (await fresh.index({ root }, silent, never)).files,
      );
      for (const question of questions) {
        const asked = { root, question, maxTokens: 8, anyway: true };
        const { answer, read, nearest, citations } = await again.ask(asked, silent, never);
        expect(await fresh.ask(asked, silent, never)).toMatchObject({ answer, read, nearest, citations });
        expect(await again.search({ root, question }, silent, never)).toEqual(
          await fresh.search({ root, question }, silent, never),
        );
      }
      await again.dispose();
      await fresh.dispose();
    };
    await compare('again-1');
    writeFileSync(join(root, 'z.py'), `${source(9, 'other')}\ndef zebra():\n    return 1\n`);
    rmSync(join(root, 'a.py'));
    await compare('again-2');
    const kept = join(bench.scratch, 'again', 'store');
    for (const name of readdirSync(kept, { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.words')) writeFileSync(join(kept, name), 'damaged');
    }
    await compare('again-3');
  });
});
