/** The page of the Ask panel over time: what it keeps when it is loaded again, and what ends an answer. */

import { describe, expect, it } from 'vitest';
import { after, asked } from '../../unit/ask/support/samples';
import { answered, pageSuite } from './pageSuite';

const open = pageSuite();

describe('a question', () => {
  it('is kept with its scope, and so is one that is being changed', async () => {
    const page = await open(answered);
    await page.page.getByRole('button', { name: 'Search in: Workspace' }).click();
    await page.page.getByRole('menuitemradio', { name: 'Open editors' }).click();
    await page.page.locator('.composer textarea').fill('Half a quest');
    await page.page.locator('.turn').hover();
    await page.page.getByRole('button', { name: 'Edit the question' }).click();
    const edited = page.page.getByRole('textbox', { name: 'Change the question' });
    await page.page.locator('.edit-question textarea:focus').waitFor();
    await edited.fill('Who pops');
    await page.load('dark');
    expect(await page.page.locator('.composer textarea').inputValue()).toBe('Half a quest');
    expect(await page.page.locator('.scope-chip').innerText()).toContain('Open editors');
    expect(await edited.inputValue()).toBe('Who pops');
    await edited.press('Escape');
    await page.load('dark');
    expect(await edited.count()).toBe(0);
  });
});

describe('an answer', () => {
  it('is stopped by Escape from anywhere, but for what Escape closes', async () => {
    const state = after([asked('t2', 'And views?')], answered);
    const page = await open(state);
    const stops = (): number => page.received.filter(({ type }) => type === 'stop').length;
    await page.page.locator('.scope-chip').click();
    await page.page.locator('[role=menu] :focus').waitFor();
    await page.page.keyboard.press('Escape');
    await expect.poll(() => page.page.locator('[role=menu]').count()).toBe(0);
    await page.send({ type: 'showThreads' });
    await page.page.locator('.threads input:focus').waitFor();
    await page.page.keyboard.press('Escape');
    await expect.poll(() => page.page.locator('.threads').count()).toBe(0);
    expect(stops()).toBe(0);
    await page.page.locator('.transcript').focus();
    await page.page.keyboard.press('Escape');
    await expect.poll(stops).toBe(1);
    await page.act({ type: 'stopped', turnId: 't2' });
    await page.page.getByRole('button', { name: 'Ask (Enter)' }).waitFor();
    await page.page.keyboard.press('Escape');
    expect(stops()).toBe(1);
  });
});
