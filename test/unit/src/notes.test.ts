import { expect, it } from 'vitest';
import { firstOf, note, noteOf, noteTexts } from '../../../protocol/notes';
import { inOwnWords } from '../../../src/view/notes';
import { answer } from '../../protocol/fakes';
import { plain } from './plain';

const backwards = (text: string, ...values: unknown[]): string => `<${plain(text, ...(values as string[]))}>`;

it('finds every note again by its form, with its values', () => {
  for (const text of Object.values(noteTexts)) {
    const values = ['12', '`a.b(c)`, `d`'].slice(0, text.match(/\{\d\}/g)?.length ?? 0);
    expect(noteOf(note(text, ...values))).toEqual({ text, values });
  }
  expect(noteOf('The answer was cut. Why?')).toBeUndefined();
  expect(noteOf(`${noteTexts.repeating}!`)).toBeUndefined();
});

it('tells the first of many', () => {
  expect(firstOf(['a', 'b'], 2)).toBe('a, b');
  expect(firstOf(['a', 'b', 'c', 'd'], 2)).toBe('a, b (+2)');
});

it('puts into the words of the editor what the server said, and nothing that the model said', () => {
  const said = { ...answer, notes: [note(noteTexts.cutAtLimit, 320), 'CUDA did not start.'] };
  const told = inOwnWords(said, backwards);
  expect(told.notes).toEqual(['<The answer was cut at its limit of 320 tokens.>', 'CUDA did not start.']);
  expect(told.answer).toBe(answer.answer);
  const refused = { ...said, abstained: true, answer: noteTexts.nothingInWorkspace };
  expect(inOwnWords(refused, backwards).answer).toBe(`<${noteTexts.nothingInWorkspace}>`);
});
