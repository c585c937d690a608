/** The page of the Ask panel with several threads, and with something missing. */

import { describe, expect, it } from 'vitest';
import { after, asked, environment } from '../../unit/ask/support/samples';
import { answered, pageSuite } from './pageSuite';

const open = pageSuite();

describe('threads', () => {
  const threads = after(
    [
      asked('t2', 'Where are blueprints registered, and may two have one name?', {
        threadId: 'thread-2',
        atMs: 9_000,
      }),
      { type: 'stopped', turnId: 't2' },
    ],
    answered,
  );

  it('are listed, searched, renamed, and deleted with a way back', async () => {
    const page = await open(threads, { theme: 'dark', width: 300 });
    await page.send({ type: 'showThreads' });
    await page.page.waitForSelector('.threads');
    await page.page.locator('.thread-row').first().hover();
    await page.screenshot('ask-page-threads-dark');
    expect(await page.violations()).toEqual([]);
    await page.page.getByRole('textbox', { name: 'Search threads' }).fill('signals sent');
    await expect.poll(() => page.page.locator('.thread-row').count()).toBe(1);
    await page.page.locator('.thread-row').hover();
    await page.page.getByRole('button', { name: 'Rename' }).click();
    await page.page.locator('.thread-row input:focus').waitFor();
    await page.page.keyboard.type('Contexts');
    await page.page.keyboard.press('Enter');
    await expect
      .poll(() => page.received.at(-1))
      .toEqual({
        type: 'renameThread',
        threadId: 'thread-1',
        title: 'Contexts',
      });
    await page.page.locator('.thread-row').hover();
    await page.page.getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'deleteThread', threadId: 'thread-1' });
    await page.act({ type: 'threadDeleted', threadId: 'thread-1' });
    await page.page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'bringThreadBack' });
  });

  it('give way to the answer of a question that is asked while they are listed', async () => {
    const page = await open(threads);
    await page.send({ type: 'showThreads' });
    await page.page.waitForSelector('.threads');
    await page.page.locator('.composer textarea').fill('Who sends signals?');
    await page.page.keyboard.press('Enter');
    await expect.poll(() => page.page.locator('.threads').count()).toBe(0);
    await page.act(asked('t3', 'Who sends signals?', { atMs: 10_000 }));
    await page.page.locator('.turn', { hasText: 'Who sends signals?' }).waitFor();
  });

  it('let a question be changed and asked again', async () => {
    const page = await open(answered);
    await page.page.locator('.turn').hover();
    await page.page.getByRole('button', { name: 'Edit the question' }).click();
    await page.screenshot('ask-page-edit-dark');
    expect(await page.violations()).toEqual([]);
    await page.page.getByRole('textbox', { name: 'Change the question' }).fill('How are signals sent?');
    await page.page.keyboard.press('Enter');
    await expect
      .poll(() => page.received.at(-1))
      .toEqual({
        type: 'askAgain',
        turnId: 't1',
        question: 'How are signals sent?',
      });
  });

  it('say what is missing, with the step that helps', async () => {
    const page = await open(after([], { ...answered, environment: { ...environment, index: 'none' } }));
    await page.page.getByRole('button', { name: 'Build the Index' }).click();
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'run', step: 'buildIndex' });
  });

  it('offer no index for a folder that is not trusted, and say what a question reads', async () => {
    const untrusted = { ...environment, index: 'none', isTrusted: false } as const;
    const page = await open(after([], { ...answered, environment: untrusted }));
    await page.page.getByRole('button', { name: 'Manage Trust' }).click();
    await expect.poll(() => page.received.at(-1)).toEqual({ type: 'run', step: 'manageTrust' });
    expect(await page.page.locator('.notices').innerText()).toContain('is not indexed on its own');
    expect(await page.page.getByRole('button', { name: 'Build the Index' }).count()).toBe(0);
  });
});
