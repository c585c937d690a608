import { expect, test } from 'vitest';
import { identifiersOf } from '../../server/landmark/cite';
import { namesSentence } from '../../server/answering/namesSentence';

test('says the names that stand in most lines of a text, and no others', () => {
  const text =
    'def send_one(queue):\n    take_next(queue)\ndef send_two(queue):\n    send_one(take_next(queue))\n';
  expect(namesSentence(text)).toBe('Names that stand here: `send_one`, `take_next`, `send_two`.');
  expect(identifiersOf(namesSentence(text)).every((name) => text.includes(name))).toBe(true);
});

test('says what happened where there are none, keywords aside', () => {
  expect(namesSentence('A text about nothing in particular.')).toContain('left out');
  expect(namesSentence('if (a) return(b)')).toContain('left out');
});
