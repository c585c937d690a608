/** The built command line on the default package: the whole path on real weights. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerResult, SearchResult, StreamEvent } from '../../protocol/messages';
import { defaultPackage } from '../../server/model/library';
import { testCacheFolder } from '../oracle/fixtures';
import { jsonLines, run } from './landmark';

const files: Record<string, string> = {
  'shop/cart.py': [
    'class Cart:',
    '    def __init__(self):',
    '        self.lines = []',
    '',
    '    def add(self, article, count):',
    '        if count < 1:',
    '            raise ValueError("count must be positive")',
    '        self.lines.append((article, count))',
    '',
  ].join('\n'),
  'shop/tax.py': [
    'RATES = {"food": 0.07, "books": 0.07}',
    '',
    'def tax_of(price, kind):',
    '    # Everything that is not food or a book pays the full rate.',
    '    return price * RATES.get(kind, 0.19)',
    '',
  ].join('\n'),
  'shop/mail.py': [
    'import smtplib',
    '',
    'def send_receipt(address, total):',
    '    with smtplib.SMTP("localhost") as server:',
    '        server.sendmail("shop@example.org", address, f"You paid {total}.")',
    '',
  ].join('\n'),
};

let scratch: string;
let cache: string;
let root: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'landmark-default-'));
  root = join(scratch, 'workspace');
  mkdirSync(join(root, 'shop'), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  // The weights of the checkout's cache, but a store of its own.
  cache = join(scratch, 'cache');
  mkdirSync(cache);
  expect(await run(testCacheFolder, ['model', 'add'], defaultPackage)).toMatchObject({ exitCode: 0 });
  symlinkSync(join(testCacheFolder, 'models'), join(cache, 'models'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const ask = async (question: string, ...options: string[]): Promise<AnswerResult> => {
  const args = ['ask', '--root', root, '--json', '--max-tokens', '80', ...options, question];
  const { exitCode, stdout, stderr } = await run(cache, args, defaultPackage);
  expect(exitCode, stderr).toBe(0);
  return jsonLines<AnswerResult>(stdout).at(-1)!;
};

describe('the default package', () => {
  const questions: [string, string][] = [
    ['Where is a receipt sent by mail?', 'shop/mail.py'],
    ['How much tax does an article pay that is no book?', 'shop/tax.py'],
    ['What happens when zero articles are put into the cart?', 'shop/cart.py'],
  ];
  it.each(questions)('routes "%s" to %s by landmarks alone', async (question, path) => {
    const args = ['search', '--root', root, '--arm', 'landmark', '--json', question];
    const { stdout } = await run(cache, args, defaultPackage);
    expect(jsonLines<SearchResult>(stdout)[0]?.blocks[0]?.path).toBe(path);
  });

  it('answers from what it read, cites it, and asked again runs only the best two anew', async () => {
    const question = 'What happens when zero articles are put into the cart?';
    const first = await ask(question);
    expect(first.abstained).toBe(false);
    expect(first.answer).toContain('ValueError');
    expect(first.citations.map(({ path }) => path)).toContain('shop/cart.py');
    const again = await ask(question);
    expect(again.answer).toBe(first.answer);
    // Of three files of a block each, one has nothing that is run anew.
    expect(again.read.at(-1)?.path).toBe('shop/cart.py');
    expect(again.read).toHaveLength(3);
    const { cachedTokens, promptTokens } = again.timings;
    expect(first.timings.cachedTokens).toBe(0);
    expect(cachedTokens).toBeGreaterThan(20);
    expect(cachedTokens).toBeLessThan(promptTokens / 2);
  });

  it('explains in three whole sentences at most, and streams no other', async () => {
    const args = ['explain', '--root', root, '--json', 'shop/cart.py:5'];
    const { exitCode, stdout, stderr } = await run(cache, args, defaultPackage);
    expect(exitCode, stderr).toBe(0);
    const events = jsonLines<Partial<StreamEvent>>(stdout);
    const { answer, sentences } = events.at(-1) as unknown as AnswerResult;
    expect(sentences.length).toBeGreaterThan(0);
    expect(sentences.length).toBeLessThanOrEqual(3);
    expect(answer).toMatch(/[.!?`)]$/);
    const streamed = events.map((event) => (event.type === 'token' ? event.text : '')).join('');
    expect(streamed.trim()).toBe(answer);
  });

  it('says that there is no answer, and answers all the same when told to', async () => {
    const question = 'How are GraphQL subscriptions resolved and batched?';
    const refusal = await ask(question);
    const missing = 'The workspace holds nothing called `GraphQL`.';
    expect(refusal).toMatchObject({ abstained: true, citations: [], notes: [missing] });
    expect(refusal.nearest.length).toBeGreaterThan(0);
    const anyway = await ask(question, '--anyway');
    expect(anyway.abstained).toBe(false);
    expect(anyway.notes[0]).toBe(missing);
    expect(anyway.notes[1]).toMatch(/^There may be no answer/);
    expect(anyway.read.length).toBeGreaterThan(0);
  });

  it('refuses no question whose words stand together in one block', async () => {
    // So unlike a question of the fit that its likelihood alone would withhold the answer.
    expect((await ask('Which org paid localhost?')).abstained).toBe(false);
    expect((await ask('Which zebra paid localhost?')).abstained).toBe(true);
  });
});
