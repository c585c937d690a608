import { describe, expect, test } from 'vitest';
import { answerHtml } from '../../../media/ask/answerHtml';
import { annotated } from '../../../src/ask/model/annotate';
import { visible } from '../../../src/ask/model/text';
import { answerMarkdown, sentences } from './support/samples';

interface Case {
  name: string;
  text: string;
  sentences?: { text: string; citations: number[] }[];
  html: string;
}

const cite = (n: number): string => `<span class="cite" data-n="${n}"></span>`;
const open = '<span class="unsupported">';
const end = '<span class="unsupported-end"></span>';

const cases: Case[] = [
  {
    name: 'puts numbers after their sentences',
    text: 'One. Two.',
    sentences: [
      { text: 'One.', citations: [1, 2] },
      { text: 'Two.', citations: [3] },
    ],
    html: `<p>One.\u00a0${cite(1)}${cite(2)} Two.\u00a0${cite(3)}</p>`,
  },
  {
    name: 'marks a sentence without a number across emphasis and code',
    text: '_So_ it **is** `so`. Yes.',
    sentences: [
      { text: '_So_ it **is** `so`.', citations: [] },
      { text: 'Yes.', citations: [1] },
    ],
    html:
      `<p><em>${open}So</span></em>${open} it </span><strong>${open}is</span></strong>${open} </span>` +
      `${open}<code>so</code></span>${open}.</span>${end} Yes.\u00a0${cite(1)}</p>`,
  },
  {
    name: 'keeps list items and headings what they are',
    text: '# Title\n\n- One.\n- Two.',
    sentences: [
      { text: '# Title', citations: [] },
      { text: '- One.', citations: [1] },
      { text: '- Two.', citations: [] },
    ],
    html: `<h3>${open}Title</span>${end}</h3>\n<ul>\n<li>One.\u00a0${cite(1)}</li>\n<li>${open}Two.</span>${end}</li>\n</ul>`,
  },
  {
    name: 'makes no heading of its signs alone',
    text: '## \n\nOne.',
    sentences: [{ text: 'One.', citations: [1] }],
    html: `<p class="block-marks"></p>\n<p>One.\u00a0${cite(1)}</p>`,
  },
  {
    name: 'keeps table rows what they are',
    text: '| a | b |\n|---|---|\n| 1 | 2 |',
    sentences: [
      { text: '| a | b |', citations: [] },
      { text: '| 1 | 2 |', citations: [4] },
    ],
    html: `<td>2\u00a0${cite(4)}</td>`,
  },
  {
    name: 'puts numbers of code below it',
    text: 'Before:\n\n```js\n1 < 2\n```\n\nAfter.',
    sentences: [
      { text: '```js\n1 < 2\n```', citations: [1] },
      { text: 'After.', citations: [] },
    ],
    html: `<div class="code"><pre><code>1 &lt; 2\n</code></pre></div>\n<p class="block-marks">${cite(1)}</p>`,
  },
  {
    name: 'puts numbers of sentences within code below it',
    text: '```js\none. two.\n```\n\n`a. b.`',
    sentences: [
      { text: 'one.', citations: [1] },
      { text: 'two.', citations: [] },
      { text: 'a.', citations: [2] },
    ],
    html: `<div class="code"><pre><code>one. two.\n</code></pre></div>\n<p class="block-marks">${cite(1)}</p>\n<p><code>a. b.</code>${cite(2)}</p>`,
  },
  {
    name: 'shows sentences that do not stand in the text',
    text: 'Something else',
    sentences: [{ text: 'One.', citations: [1] }],
    html: `<p>One.\u00a0${cite(1)}</p>`,
  },
  {
    name: 'keeps HTML as text',
    text: 'An <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>',
    html: '<p>An &lt;img src=x onerror=alert(1)&gt;</p>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>',
  },
  {
    name: 'keeps links, pictures and addresses as text',
    text: '[a](command:quit) ![b](https://c.test/d.png) <https://e.test> https://f.test\n\n[a]: https://g.test',
    html: '<p>[a](command:quit) ![b](https://c.test/d.png) &lt;https://e.test&gt; https://f.test</p>\n<p>[a]: https://g.test</p>',
  },
  {
    name: 'takes no mark from a text',
    text: 'Not \ue0021\ue003 a number \ue000',
    html: '<p>Not \ufffd1\ufffd a number \ufffd</p>',
  },
  {
    name: 'takes no class from a language',
    text: '```"><img src=x>\ncode\n```',
    html: '<div class="code"><pre><code>code\n</code></pre></div>',
  },
];

describe('an answer as HTML', () => {
  test.each(cases)('$name', ({ text, sentences: spoken = [], html }) => {
    const source = annotated({ text: visible(text), sentences: spoken, abstained: false });
    expect(answerHtml(source, () => undefined)).toContain(html);
  });

  test('holds every number and mark of a whole answer', () => {
    const html = answerHtml(
      annotated({ text: answerMarkdown, sentences, abstained: false }),
      () => undefined,
    );
    expect(html.match(/class="cite"/g)).toHaveLength(5);
    expect(html.match(/class="unsupported-end"/g)).toHaveLength(1);
    expect(html).not.toMatch(/[\ue000-\ue00f]/);
  });

  test('marks nothing where there is no answer', () => {
    const source = annotated({
      text: 'Nothing found.',
      sentences: [{ text: 'Nothing found.', citations: [] }],
      abstained: true,
    });
    expect(answerHtml(source, () => undefined)).toBe('<p>Nothing found.</p>\n');
  });

  test('is made from a line of 1 MB within moments', () => {
    const start = performance.now();
    answerHtml(
      annotated({ text: '[x](<'.repeat(200_000), sentences: [], abstained: false }),
      () => undefined,
    );
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
