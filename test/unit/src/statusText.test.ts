import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/ids';
import { initialState, type IndexState } from '../../../src/index/state';
import { statusText, tooltipCommands } from '../../../src/index/statusText';
import type { WorkspaceFacts } from '../../../src/index/workspaceFacts';
import { factsOf, status } from './facts';
import { plain } from './plain';

const index = (change: Partial<IndexState>): Partial<WorkspaceFacts> => ({
  index: { ...initialState(true, false), ...change },
});
const shown = (change: Partial<WorkspaceFacts>) => statusText(factsOf(change), plain, 'en');

describe('the status bar', () => {
  it.each<[Partial<WorkspaceFacts>, string]>([
    [index({ phase: 'ready' }), '$(book) Landmark'],
    [{ workspace: 'none' }, '$(book) Landmark'],
    [index({ phase: 'notAgreed' }), '$(book) Landmark'],
    [index({ phase: 'due' }), '$(clock) Landmark: waiting'],
    [index({ phase: 'building', step: 'walk', done: 3, total: 9 }), '$(sync~spin) Landmark: …'],
    [index({ phase: 'building', step: 'index', done: 42, total: 100 }), '$(sync~spin) Landmark: 42%'],
    [index({ phase: 'building', step: 'index', done: 999, total: 1000 }), '$(sync~spin) Landmark: 99%'],
    [
      index({ phase: 'building', step: 'index', done: 1, total: 2, waitsFor: 'typing' }),
      '$(sync) Landmark: 50%',
    ],
    [
      index({ phase: 'building', step: 'index', done: 1, total: 2, waitsFor: 'question' }),
      '$(sync) Landmark: 50%',
    ],
    [index({ phase: 'building', step: 'index', waitsFor: 'battery' }), '$(plug) Landmark: on battery'],
    [index({ phase: 'paused' }), '$(debug-pause) Landmark: paused'],
    [index({ phase: 'failed' }), '$(error) Landmark: index failed'],
    [index({ phase: 'blocked' }), '$(cloud-download) Landmark: no model'],
    [{ model: 'getting' }, '$(cloud-download) Landmark: getting the model'],
    [{ connection: 'failed' }, '$(error) Landmark: server stopped'],
  ])('%j shows %j', (change, text) => {
    expect(shown(change).text).toBe(text);
  });

  it('says how long a build will take, once that can be told, and what it waits for', () => {
    const half = { phase: 'building', step: 'index', done: 1, total: 2 } as const;
    const label = (change: Partial<IndexState>): string => shown(index({ ...half, ...change })).label;
    expect(label({})).toBe('Landmark: The index is being built: 50%');
    expect(label({ remainingSeconds: 300 })).toBe(
      'Landmark: The index is being built: 50%, about 5 minutes left',
    );
    expect(label({ waitsFor: 'typing', remainingSeconds: 300 })).toBe(
      'Landmark: The index waits while you type: 50%',
    );
    expect(label({ waitsFor: 'battery' })).toContain('On battery');
  });

  it('says counts, size, model and provider in the tooltip', () => {
    const { tooltip } = shown({
      ...index({ phase: 'ready', tokensPerSecond: 1234.5 }),
      status: { ...status, model: { ...status.model, providerNote: 'CUDA | is not here' } },
    });
    expect(tooltip).toContain('9 of 12 searchable by landmarks');
    expect(tooltip).toContain('150 of 300 with a landmark');
    expect(tooltip).toContain('1,235 tokens/s');
    expect(tooltip).toContain('1.5 MB, quota 2 GB');
    expect(tooltip).toContain('small-landmark');
    expect(tooltip).toContain('CPU (CUDA \\| is not here)');
  });

  it('offers what can be done now, by its own commands only', () => {
    const links = (change: Partial<WorkspaceFacts>): string[] =>
      [...shown(change).tooltip.matchAll(/\]\(command:([\w.]+)\)/g)].map(([, command]) => command!);
    expect(links(index({ phase: 'building' }))).toContain(commands.pauseIndex);
    expect(links(index({ phase: 'paused' }))).toContain(commands.resumeIndex);
    expect(links(index({ phase: 'notAgreed' }))).toContain(commands.buildIndex);
    expect(links({ ...index({ phase: 'notAgreed' }), isTrusted: false })).not.toContain(commands.buildIndex);
    expect(links({ model: 'missing' })).toContain(commands.getModel);
    expect(links({ connection: 'failed' })).toContain(commands.restart);
    for (const phase of ['notAgreed', 'due', 'building', 'paused', 'ready', 'blocked', 'failed'] as const) {
      expect(tooltipCommands).toEqual(expect.arrayContaining(links(index({ phase }))));
    }
  });

  it('lets no text of the server become a link', () => {
    const { tooltip } = shown(index({ phase: 'failed', problem: '[x](command:evil) <img> $(trash)' }));
    expect(tooltip).not.toMatch(/\$\\?\(trash/);
    expect(tooltip).not.toMatch(/(?<!\\)\]\(command:evil|(?<!\\)<img/);
  });
});
