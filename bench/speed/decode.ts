/** Token by token after contexts of several lengths: plain, with drafts, and llama.cpp. */

import type { Prepared } from '../../server/answering/speak';
import { decodePair, type Decoded } from '../decode/measure';
import { table } from '../support';
import { never, realTokens, type Setting } from './setting';
import { spreadOf, told, type Spread } from './statistics';

export interface DecodeRow {
  contextTokens: number;
  /** Tokens a second. */
  plain: Spread;
  drafted: Spread;
  llama: Spread;
}

const instruction = 'Explain what this code does, and name the functions involved.';

export async function measureDecode(setting: Setting): Promise<DecodeRow[]> {
  const { host, sizes } = setting;
  const { decodeContexts, decodeTokens } = sizes;
  const most = Math.max(...decodeContexts);
  const text = await realTokens(setting, most + decodeTokens);
  const reader = await host.reader();
  const { tokenizer } = await host.text();
  const llama = await setting.openLlama(most + decodeTokens);
  const rows: DecodeRow[] = [];
  for (const contextTokens of decodeContexts) {
    const context = text.slice(0, contextTokens);
    const forced = text.slice(contextTokens, contextTokens + decodeTokens);
    const prepared = await prepareContext(setting, context);
    const llamaRate = async (): Promise<number> =>
      (forced.length / (await llama.decode(context, forced))) * 1000;
    await llamaRate();
    const rates = { plain: [] as number[], drafted: [] as number[], llama: [] as number[] };
    const start = prepared.context.cache.length;
    for (let turn = 0; turn < sizes.repetitions; turn++) {
      const before = await llamaRate();
      const { plain, drafted } = await decodePair(reader, tokenizer, prepared);
      const after = await llamaRate();
      // As of the others, the faster of two.
      rates.llama.push(Math.max(before, after));
      rates.plain.push(rateOfRuns(plain));
      rates.drafted.push(rateOfRuns(drafted));
      prepared.context.cache.truncate(start);
    }
    prepared.context.cache.dispose();
    rows.push({
      contextTokens,
      plain: spreadOf(rates.plain),
      drafted: spreadOf(rates.drafted),
      llama: spreadOf(rates.llama),
    });
  }
  await llama.close();
  return rows;
}

/** The first token was chosen before; each of the others took a run, or a part of one. */
function rateOfRuns({ tokens, elapsedMs }: Decoded): number {
  return ((tokens - 1) / elapsedMs) * 1000;
}

/** The code is the context, but for its end: there stands the question, so that both contexts are of one length. */
async function prepareContext(
  { host, model, sizes }: Setting,
  context: readonly number[],
): Promise<Prepared> {
  const { tokenizer } = await host.text();
  const { chat } = model.manifest;
  const prompt = [
    ...tokenizer.encodeMarkup(chat.contextTail + chat.questionHead),
    ...tokenizer.encodeText(instruction),
    ...tokenizer.encodeMarkup(chat.questionTail + chat.answerHead),
  ];
  const reader = await host.reader();
  const cache = reader.createCache(context.length + sizes.decodeTokens + 1);
  const code = context.slice(0, context.length - prompt.length);
  await reader.choiceAfter(code, cache, never);
  const stopTokens = new Set<number>();
  return {
    context: { cache, cachedTokens: 0, read: [] },
    prompt,
    turnTokens: prompt.length,
    bare: [],
    openingTokens: tokenizer.encodeMarkup(chat.answerHead).length,
    quotable: [[...code]],
    options: { maxTokens: sizes.decodeTokens, stopTokens },
  };
}

export function decodeLines(rows: readonly DecodeRow[]): string[] {
  return [
    'Tokens a second. With drafts the speed depends on how much of the answer stands in the text;',
    '`npm run bench:decode` measures it over many answers.',
    '',
    ...table(
      ['context', 'reader', 'with drafts', 'llama.cpp', 'reader / llama.cpp'],
      rows.map(({ contextTokens, plain, drafted, llama }) => [
        String(contextTokens),
        told(plain),
        told(drafted),
        told(llama),
        (plain.median / llama.median).toFixed(2),
      ]),
    ),
  ];
}
