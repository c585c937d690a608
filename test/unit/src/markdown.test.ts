import { describe, expect, it } from 'vitest';
import {
  escapeMarkdown,
  escapeMarkdownBlock,
  escapeMarkdownLine,
  partedBlock,
  partedLine,
} from '../../../src/markdown';

describe('text of the model as Markdown', () => {
  it.each([
    ['plain, *marked* text', 'plain, *marked* text'],
    ['list[int], a[0].b', 'list[int], a\\[0].b'],
    ['[run](command:x)', '[run\\](command\\:x)'],
    ['![](https://x)', '![\\](https\\://x)'],
    ['\\[run\\](x)', '\\\\[run\\\\\\](x)'],
    ['[run][1]', '[run]\\[1]'],
    ['[1]: javascript:x', '\\[1\\]: javascript\\:x'],
    ['<command:x> <img onerror="x">', '\\<command\\:x> \\<img onerror="x">'],
    ['<!-- </b> <?php', '\\<!-- \\</b> \\<?php'],
    ['a < b and b > c', 'a < b and b > c'],
    [
      'see https://example.org, www.example.org, a@example.org',
      'see https\\://example.org, www\\.example.org, a\\@example.org',
    ],
    ['`[x](y)`', '`[x\\](y)`'],
    ['a\x1b[2J\u202eb', 'a\ufffd[2J\ufffdb'],
  ])('%j becomes %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it('keeps headings, rules and open fences of a text within it', () => {
    expect(escapeMarkdownBlock('# a\n---\n===\nb')).toBe('\\# a\n\\---\n\\===\nb');
    expect(escapeMarkdownBlock('```js\nx')).toBe('```js\nx\n```');
    expect(escapeMarkdownBlock('````\n```\nx')).toBe('````\n```\nx\n````');
    expect(escapeMarkdownBlock('~~~\nx\n~~~')).toBe('~~~\nx\n~~~');
  });

  it('shows names with underscores as they are spelled', () => {
    expect(escapeMarkdownBlock('__init__ of a_b and `__all__`')).toBe(
      '\\_\\_init\\_\\_ of a_b and `__all__`',
    );
  });

  it('keeps a line one line', () => {
    expect(escapeMarkdownLine(' a\n*b* [c](d) ')).toBe('a \\*b\\* [c\\](d)');
    expect(escapeMarkdownLine('place_order of __all__')).toBe('place_order of \\_\\_all\\_\\_');
  });
});

describe('text of the model where Markdown is shown as it is written', () => {
  it.each([
    ['C:\\temp, list[int], a[0].b, __init__, *all*', 'C:\\temp, list[int], a[0].b, __init__, *all*'],
    ['Map<string, List<T>> and <b>', 'Map<string, List<T>> and <b>'],
    ['[run](command:x) \\[run\\](x)', '[run] (command :x) \\[run\\] (x)'],
    ['[run][1]', '[run] [1]'],
    ['[1]: javascript:x', '[1] : javascript :x'],
    ['<command:x> <img onerror="x"> <a\nhref=x>', '< command :x> < img onerror="x"> < a\nhref=x>'],
    ['<!-- </b> <https://x', '< !-- </b> < https ://x'],
    ['https://example.org, www.example.org, a@b', 'https ://example.org, www .example.org, a @b'],
    ['# a\n---\n```js\nx', '\\# a\n\\---\n```js\nx\n```'],
    ['a\x1b[2J\u202eb', 'a\ufffd[2J\ufffdb'],
  ])('%j becomes %j', (text, expected) => {
    expect(partedBlock(text)).toBe(expected);
  });

  it('keeps a line one line', () => {
    expect(partedLine(' a\n`b` [c](d) ')).toBe('a `b` [c] (d)');
  });
});
