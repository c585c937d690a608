/** Reading real code into an empty context, up to the choice of the first token. */

import { table } from '../support';
import { inTurns, rateOf, ratioOf, spreadOf, told, elapsedMs, type Spread } from './statistics';
import { never, realTokens, type Setting } from './setting';

export interface PrefillRow {
  tokens: number;
  oursMs: Spread;
  llamaMs: Spread;
  /** llama.cpp's time over ours: above 1 we are faster. */
  ratio: Spread;
}

export async function measurePrefill(setting: Setting): Promise<PrefillRow[]> {
  const { host, sizes } = setting;
  const most = Math.max(...sizes.prefillTokens);
  const text = await realTokens(setting, most);
  const reader = await host.reader();
  const llama = await setting.openLlama(most);
  const rows: PrefillRow[] = [];
  for (const count of sizes.prefillTokens) {
    const tokens = text.slice(0, count);
    const cache = reader.createCache(count);
    const { ours, theirs } = await inTurns(
      {
        ours: () => {
          cache.truncate(0);
          return elapsedMs(() => reader.choiceAfter(tokens, cache, never));
        },
        theirs: () => llama.prefill(tokens),
      },
      sizes.repetitions,
    );
    cache.dispose();
    rows.push({
      tokens: count,
      oursMs: spreadOf(ours),
      llamaMs: spreadOf(theirs),
      ratio: ratioOf(theirs, ours),
    });
  }
  await llama.close();
  return rows;
}

export function prefillLines(rows: readonly PrefillRow[]): string[] {
  return [
    'Tokens a second of real code into an empty context, the first choice included.',
    '',
    ...table(
      ['tokens', 'reader', 'llama.cpp', 'reader / llama.cpp'],
      rows.map(({ tokens, oursMs, llamaMs, ratio }) => [
        String(tokens),
        told(rateOf(tokens, oursMs)),
        told(rateOf(tokens, llamaMs)),
        told(ratio, 2),
      ]),
    ),
  ];
}
