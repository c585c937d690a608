import { describe, expect, it } from 'vitest';
import { SentenceSplitter } from '../../server/answering/sentences';

const cases: { name: string; text: string; sentences: string[] }[] = [
  { name: 'two sentences', text: 'One. Two.', sentences: ['One.', 'Two.'] },
  {
    name: 'a dot inside a name',
    text: 'It calls a.b(c). Then it ends.',
    sentences: ['It calls a.b(c).', 'Then it ends.'],
  },
  { name: 'a dot inside a code span', text: 'See `x. y` here. End', sentences: ['See `x. y` here.', 'End'] },
  {
    name: 'an abbreviation',
    text: 'Names, e.g. this one. End.',
    sentences: ['Names, e.g. this one.', 'End.'],
  },
  {
    name: 'a list',
    text: 'Steps:\n1. First one\n2. Second one\n',
    sentences: ['Steps:', '1. First one', '2. Second one'],
  },
  {
    name: 'a code block',
    text: 'Like this:\n```py\na = 1. \nb = 2\n```\nDone.',
    sentences: ['Like this:', '```py\na = 1. \nb = 2\n```', 'Done.'],
  },
  {
    name: 'a question and an exclamation',
    text: 'Why? Because! So.',
    sentences: ['Why?', 'Because!', 'So.'],
  },
  {
    name: 'a line that wraps',
    text: 'One goes\non here. Two\ntoo.',
    sentences: ['One goes\non here.', 'Two\ntoo.'],
  },
  {
    name: 'a heading and paragraphs',
    text: '# Title\nText\n\nMore\n',
    sentences: ['# Title', 'Text', 'More'],
  },
  {
    name: 'bullets',
    text: 'These:\n- one thing\n- another',
    sentences: ['These:', '- one thing', '- another'],
  },
  { name: 'white space only', text: ' \n ', sentences: [] },
];

/** Whatever the pieces in which the text arrives, the sentences are the same and nothing is lost. */
function check(text: string, sentences: string[], pieceLength: number): void {
  const splitter = new SentenceSplitter();
  const found: string[] = [];
  for (let at = 0; at < text.length; at += pieceLength)
    found.push(...splitter.push(text.slice(at, at + pieceLength)));
  found.push(...splitter.finish());
  expect(found.map((sentence) => sentence.trim())).toEqual(sentences);
  expect(found.join('')).toBe(text.trim() === '' ? '' : text);
}

describe('sentences', () => {
  it.each(cases)('$name', ({ text, sentences }) => {
    for (const pieceLength of [1, 2, 5, text.length]) check(text, sentences, pieceLength);
  });
});
