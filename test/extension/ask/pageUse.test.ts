/** The page of the Ask panel in use: by pointer, by keyboard, and with texts that mean harm. */

import { describe, expect, it } from 'vitest';
import {
  after,
  answer,
  answerParts,
  asked,
  citation,
  citations,
  hit,
  sentences,
} from '../../unit/ask/support/samples';
import { answered, pageSuite, question } from './pageSuite';

const open = pageSuite();

describe('a refusal', () => {
  it('can be overruled, unless something else is being answered', async () => {
    const refusal = answer({
      abstained: true,
      sentences: [],
      citations: [],
      nearest: [hit('src/flask/cli.py', 120)],
    });
    const page = await open(
      after([asked('t1', question), { type: 'answered', turnId: 't1', result: refusal }]),
    );
    const anyway = page.page.getByRole('button', { name: 'Answer from these anyway' });
    await anyway.click();
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'askAgain', turnId: 't1', anyway: true });
    await page.act(asked('t2', 'Another question'));
    await expect.poll(() => anyway.count()).toBe(0);
  });
});

describe('the question', () => {
  it('is sent by Enter, goes on by Shift+Enter, and leaves the focus where it is', async () => {
    const page = await open(after([]));
    const input = page.page.locator('textarea');
    await input.focus();
    await page.page.keyboard.type('First line');
    await page.page.keyboard.press('Shift+Enter');
    await page.page.keyboard.type('second line');
    await page.page.keyboard.press('Enter');
    await expect
      .poll(() => page.received.at(-1))
      .toEqual({
        type: 'ask',
        question: 'First line\nsecond line',
        choice: { kind: 'workspace' },
        files: [],
      });
    expect(await input.inputValue()).toBe('');
    await page.act(asked('t1', 'First line\nsecond line'));
    await page.act({ type: 'spoken', turnId: 't1', text: 'An answer', tokens: 2, atMs: 2_000 });
    expect(await page.page.locator('textarea:focus').count()).toBe(1);
    await page.page.keyboard.press('Escape');
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'stop' });
  });

  it('goes back through what was asked before', async () => {
    const page = await open(after([asked('t2', 'A second question', { atMs: 5_000 })], answered));
    await page.act({ type: 'stopped', turnId: 't2' });
    const input = page.page.locator('textarea');
    await input.focus();
    await page.page.keyboard.press('ArrowUp');
    expect(await input.inputValue()).toBe('A second question');
    await page.page.keyboard.press('ArrowUp');
    expect(await input.inputValue()).toBe(question);
    await page.page.keyboard.press('ArrowDown');
    await page.page.keyboard.press('ArrowDown');
    expect(await input.inputValue()).toBe('');
  });

  it('says in words when it is too long, and is not sent', async () => {
    const page = await open(after([]));
    await page.page.locator('textarea').fill('x'.repeat(4_012));
    await expect
      .poll(() => page.page.locator('.length-note').textContent())
      .toContain('4,012 of 4,000 characters: shorten the question by 12.');
    await page.page.keyboard.press('Enter');
    await page.settle();
    expect(page.received.map(({ type }) => type)).not.toContain('ask');
  });

  it('names files that are found while it is written', async () => {
    const page = await open(after([]), { width: 300 });
    await page.page.locator('textarea').focus();
    await page.page.keyboard.type('What is in @ctx');
    await expect.poll(() => page.received.at(-1)).toMatchObject({ type: 'findFiles', query: 'ctx' });
    const { request } = page.received.at(-1) as { request: number };
    const paths = ['src/flask/ctx.py', 'tests/test_appctx.py', `${'deeply/nested/'.repeat(6)}context.py`];
    await page.send({ type: 'files', request, paths });
    await page.page.waitForSelector('[role=option]');
    await page.page.keyboard.press('ArrowDown');
    await page.settle();
    const active = await page.page.locator('textarea').getAttribute('aria-activedescendant');
    expect(await page.page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
    await page.screenshot('ask-page-files-dark');
    expect(await page.violations()).toEqual([]);
    await page.page.keyboard.press('ArrowUp');
    await page.page.keyboard.press('Enter');
    await page.page.keyboard.type('?');
    await page.page.keyboard.press('Enter');
    await expect
      .poll(() => page.received.at(-1))
      .toEqual({
        type: 'ask',
        question: 'What is in src/flask/ctx.py ?',
        choice: { kind: 'workspace' },
        files: ['src/flask/ctx.py'],
      });
  });

  it('is asked of a chosen part of the workspace', async () => {
    const page = await open(after([]), { theme: 'light' });
    await page.page.getByRole('button', { name: 'Search in: Workspace' }).focus();
    await page.page.keyboard.press('Enter');
    await page.settle();
    await page.page.keyboard.press('End');
    await page.page.keyboard.press('ArrowUp');
    await page.screenshot('ask-page-scope-light');
    expect(await page.violations()).toEqual([]);
    await page.page.keyboard.press('Enter');
    await page.page.locator('textarea').fill('What is here?');
    await page.page.locator('textarea').press('Enter');
    await expect.poll(() => page.received.at(-1)).toMatchObject({ choice: { kind: 'currentFile' } });
  });
});

describe('the answer', () => {
  it('shows the quoted lines of a number, and opens them', async () => {
    const page = await open(answered, { width: 480 });
    const number = page.page
      .getByRole('button', { name: 'Source 1: src/flask/ctx.py, lines 367 to 373' })
      .first();
    await number.hover();
    await page.page.waitForSelector('.quote:not([hidden])');
    await page.settle();
    await page.screenshot('ask-page-quote-dark');
    expect(await page.page.locator('.quote').textContent()).toContain('Push this context');
    expect(await page.violations()).toEqual([]);
    expect(page.received.at(-1)).toEqual({ type: 'checkCitation', turnId: 't1', n: 1 });
    await page.act({ type: 'citationChecked', turnId: 't1', n: 1, state: 'changed' });
    expect(await page.page.locator('.quote').textContent()).toContain('changed since it was read');
    await page.page.keyboard.press('Escape');
    await expect.poll(() => page.page.locator('.quote').count()).toBe(0);
    await number.click();
    expect(page.received.at(-1)).toEqual({ type: 'openCitation', turnId: 't1', n: 1 });
    await page.page
      .locator('.notice', { hasText: 'src/flask/ctx.py was changed' })
      .getByText('Ask again')
      .click();
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'askAgain', turnId: 't1' });
  });

  it('can be reached by the keyboard alone', async () => {
    const page = await open(answered);
    await page.page.locator('.transcript').focus();
    const names: (string | null)[] = [];
    for (let i = 0; i < 14; i++) {
      await page.page.keyboard.press('Tab');
      const focused = page.page.locator(':focus');
      names.push((await focused.getAttribute('aria-label')) ?? (await focused.textContent()));
    }
    expect(names).toContain('Edit the question');
    expect(names).toContain('Source 2: src/flask/app.py, lines 1466 to 1470');
    expect(names).toContain('Read 3 blocks in 2 files');
    expect(names).toContain('Copy with citations');
  });

  it('is spoken sentence by sentence', async () => {
    const page = await open(after([asked('t1', question)]));
    const log = page.page.getByRole('log');
    await page.act({
      type: 'spoken',
      turnId: 't1',
      text: answerParts[0]!.slice(0, 30),
      tokens: 9,
      atMs: 1_000,
    });
    expect(await log.textContent()).not.toContain('A request context');
    await page.act(
      { type: 'spoken', turnId: 't1', text: answerParts[0]!.slice(30), tokens: 9, atMs: 1_100 },
      {
        type: 'streamed',
        turnId: 't1',
        event: { type: 'sentence', index: 0, sentence: sentences[0]!, citations: [citations[0]!] },
      },
    );
    await expect.poll(() => log.textContent()).toContain('makes sure that an app context is active.');
    await page.act({ type: 'answered', turnId: 't1', result: answer() });
    await expect.poll(() => log.textContent()).toContain('The answer is complete.');
  });

  it('keeps the focus on a number while more arrives', async () => {
    const page = await open(after([asked('t1', question)]));
    await page.act(
      { type: 'spoken', turnId: 't1', text: answerParts[0]!, tokens: 9, atMs: 1_000 },
      {
        type: 'streamed',
        turnId: 't1',
        event: { type: 'sentence', index: 0, sentence: sentences[0]!, citations: [citations[0]!] },
      },
    );
    await page.page.locator('.citation').focus();
    await page.act({ type: 'spoken', turnId: 't1', text: ' More', tokens: 9, atMs: 1_500 });
    expect(await page.page.locator('.citation:focus').count()).toBe(1);
  });

  it('shows hostile text as text', async () => {
    const hostile = [
      'An image <img src=x onerror="globalThis.hacked = 1"> and [a link](command:workbench.action.quit).',
      '<script>globalThis.hacked = 1</script> ![picture](https://evil.test/x.png) <https://evil.test/>.',
      'Reversed: \u202eexe.txt and \ue0021\ue003.',
      'x'.repeat(1_000_000),
    ];
    const page = await open(after([asked('t1', '<b>bold?</b> \u202e')]));
    await page.act({
      type: 'answered',
      turnId: 't1',
      result: answer({
        answer: hostile.join('\n\n'),
        sentences: hostile.slice(0, 3).map((text) => ({ text, citations: [1] })),
        citations: [
          citation(1, 'src/<img onerror=x>.py', 1, `</code><script>1</script>\n${'y'.repeat(100_000)}`),
        ],
      }),
    });
    const body = page.page.locator('.answer');
    expect(await body.textContent()).toContain('[a link](command:workbench.action.quit)');
    expect(await body.textContent()).toContain('<script>globalThis.hacked = 1</script>');
    expect(await page.page.locator('.turn').textContent()).not.toMatch(/[\u202a-\u202e]/);
    expect(
      await page.page.locator('main :is(a, img, script, iframe, form, object, [style*=url])').count(),
    ).toBe(0);
    await page.page.locator('.citation').first().hover();
    await page.page.waitForSelector('.quote:not([hidden])');
    expect(await page.page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined();
    expect(page.requests.filter((url) => !url.startsWith('http://page.test/'))).toEqual([]);
  });

  it.each([
    ['narrow', 220],
    ['wide', 700],
  ] as const)('fits a %s panel', async (name, width) => {
    const page = await open(answered, { width, theme: 'light' });
    await page.settle();
    await page.screenshot(`ask-page-${name}-light`);
    const overflow = await page.page.evaluate(() => {
      const { scrollWidth, clientWidth } = (
        globalThis as unknown as {
          document: { documentElement: { scrollWidth: number; clientWidth: number } };
        }
      ).document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(overflow).toBe(0);
  });
});
