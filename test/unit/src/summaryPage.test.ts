import { describe, expect, it } from 'vitest';
import type { Citation, SummaryResult } from '../../../protocol/messages';
import { placeName, type Page } from '../../../src/documents/page';
import {
  draftSummaryPage,
  endedSummaryPage,
  summaryPage,
  SummarySoFar,
} from '../../../src/summaries/summaryPage';
import { answer } from '../../protocol/fakes';
import { plain } from './plain';

const view = {
  title: 'Summary of src/cache.ts',
  addressOf: ({ path, startLine, endLine }: { path: string; startLine: number; endLine: number }) =>
    path.startsWith('..') ? undefined : `file:///repos/${path}#L${startLine}-L${endLine}`,
  t: plain,
  language: 'en',
};
const [citation] = answer.citations as [Citation];
const section = {
  title: 'class Cache',
  path: 'src/cache.ts',
  startLine: 10,
  endLine: 90,
  sentences: [{ text: 'It holds blocks.', citations: [citation.n] }],
};
const result: SummaryResult = {
  ...answer,
  sentences: [{ text: 'A cache.', citations: [citation.n] }],
  notes: [],
  blocksRead: 1412,
  blocksTotal: 1412,
  sections: [
    section,
    { ...section, title: '', startLine: 91, endLine: 91, sentences: [{ text: 'More.', citations: [] }] },
  ],
};

/** What each link of a page covers. */
const linked = ({ text, links }: Page): string[] =>
  links.map(({ line, startColumn, endColumn, place }) => {
    const label = text.split('\n')[line]!.slice(startColumn, endColumn);
    return `${label} ${placeName(place)}`;
  });

describe('a summary', () => {
  it('says the whole first, then each part with its lines, and proves that all was read', () => {
    const page = summaryPage(result, view);
    const at = `${citation.path}#L${citation.startLine}-L${citation.endLine}`;
    const shown = `# Summary of src/cache.ts

A cache. [1]

*1,412 of 1,412 blocks read*

## class Cache · 10-90 [s1]

It holds blocks. [1]

## Line 91 [s2]

More. (?)

*(?) Nothing that was read supports this sentence.*
`;
    expect(page.text).toBe(shown);
    expect(page.saved).toBe(`${shown}
[1]: <file:///repos/${at}> "${placeName(citation)}"
[s1]: <file:///repos/src/cache.ts#L10-L90> "src/cache.ts:10-90"
[s2]: <file:///repos/src/cache.ts#L91-L91> "src/cache.ts:91"
`);
    expect(linked(page)).toEqual([
      `[1] ${placeName(citation)}`,
      '[s1] src/cache.ts:10-90',
      `[1] ${placeName(citation)}`,
      '[s2] src/cache.ts:91',
    ]);
    expect(page.headings.map(({ title, line, level }) => [title, line, level])).toEqual([
      ['Summary of src/cache.ts', 0, 1],
      ['class Cache', 6, 2],
      ['Line 91', 10, 2],
    ]);
  });

  it('is written section by section, in their order, without numbers that may still change', () => {
    const soFar = new SummarySoFar();
    expect(draftSummaryPage(soFar, view).text).toContain('*Starting…*');
    soFar.add({ type: 'progress', phase: 'read', done: 1, total: 4, message: '' });
    expect(draftSummaryPage(soFar, view).text).toContain('*Reading (25%)…*');
    soFar.add({ type: 'token', text: 'It ho' });
    soFar.add({ type: 'section', index: 1, total: 3, section: { ...section, title: 'second' } });
    soFar.add({ type: 'section', index: 0, total: 3, section });
    const { text } = draftSummaryPage(soFar, view);
    expect(text).toContain('*2 of 3 sections told…*');
    expect(text.indexOf('class Cache')).toBeLessThan(text.indexOf('second'));
    expect(text).not.toMatch(/It ho\n|\[1\]/);
  });

  it('of one part is told once', () => {
    const { sentences } = section;
    const { text, headings } = summaryPage({ ...result, sentences, sections: [section] }, view);
    expect(text.match(/It holds blocks/g)).toHaveLength(1);
    expect(headings.map(({ title }) => title)).toEqual(['Summary of src/cache.ts']);
  });

  it('keeps what was told where it is stopped', () => {
    const soFar = new SummarySoFar();
    soFar.add({ type: 'section', index: 0, total: 3, section });
    const { text } = endedSummaryPage(soFar, 'Stopped.', view);
    expect(text).toContain('*Stopped.*');
    expect(text).toContain('It holds blocks.');
  });

  it('shows hostile text as text', () => {
    const hostile =
      '[click](command:evil) <img src=x onerror=y>\n# Not a heading\n[9]: file:///etc/passwd\n```\nopen';
    const page = summaryPage(
      {
        ...result,
        sentences: [{ text: hostile, citations: [1] }],
        sections: [
          { ...section, title: 'a](command:x) [b', sentences: [{ text: `${hostile} again`, citations: [] }] },
        ],
      },
      view,
    );
    for (const text of [page.text, page.saved]) {
      expect(text).not.toMatch(/(?<!\\)\]\(|(?<!\\)<img|^# Not|^\[9\]:/m);
      expect([...text.matchAll(/^```/gm)]).toHaveLength(4);
    }
    // What is shown as it is written has none of the backslashes that a reader of Markdown would need.
    expect(page.text).toContain('[click] (command :evil) < img src=x onerror=y>');
    expect(page.text).toContain('## a] (command :x) [b · 10-90 [s1]');
    expect(linked(page).every((link) => /^\[(s?\d+)\] src\//.test(link))).toBe(true);
    expect(page.headings).toHaveLength(2);
  });

  it('links to nothing outside of the workspace', () => {
    const page = summaryPage({ ...result, sections: [{ ...section, path: '../secret' }, section] }, view);
    expect(page.saved).not.toContain('[s1]:');
    expect(page.saved).toContain('[s2]:');
  });
});
