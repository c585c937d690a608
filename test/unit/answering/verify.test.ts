import { expect, it } from 'vitest';
import { fallsOfStrength, sentenceTokens, strengthOf } from '../../../server/answering/verify';

/** A token a character. */
const tokenizer = {
  encodeText: (text: string) => Array.from(text, (character) => character.codePointAt(0)!),
};

it('cuts an answer where its sentences end', () => {
  const answer = 'It is so. It is so. Then\nthis.';
  const sentences = [{ text: 'It is so.' }, { text: 'It is so.' }, { text: 'Then\nthis.' }];
  expect(sentenceTokens(answer, sentences, tokenizer)).toEqual({
    tokens: tokenizer.encodeText(answer),
    bounds: [0, 9, 19, answer.length],
  });
});

it('gives no tokens to a sentence that the answer does not hold', () => {
  const { tokens, bounds } = sentenceTokens('One. Two.', [{ text: 'Three.' }, { text: 'Two.' }], tokenizer);
  expect(bounds).toEqual([0, 0, 9]);
  expect(tokens).toHaveLength(9);
});

it('names a strength by what a sentence loses', () => {
  expect(strengthOf(fallsOfStrength.strong)).toBe('strong');
  expect(strengthOf(fallsOfStrength.some)).toBe('some');
  expect(strengthOf(fallsOfStrength.some - 1e-6)).toBe('none');
  expect(strengthOf(-1)).toBe('none');
});
