import { describe, expect, it } from 'vitest';
import { NewSentences, type SentenceRules } from '../../server/answering/newSentences';

interface Told {
  kept: string;
  sentences: string[];
  hasRepeated: boolean;
}

/** Character by character, until it is enough. */
function tell(text: string, rules?: SentenceRules, isCut = false): Told {
  const told = new NewSentences(rules);
  const sentences = Array.from(text).flatMap((character) => (told.isEnough ? [] : told.push(character)));
  sentences.push(...told.finish(isCut));
  return { kept: told.text, sentences, hasRepeated: told.hasRepeated };
}

describe('an answer', () => {
  it('ends before a sentence that it has said', () => {
    const text = 'The stock is released. It is sent. The stock  is new.\n\nThe stock is released. And more.';
    expect(tell(text)).toEqual({
      kept: 'The stock is released. It is sent. The stock  is new.\n\n',
      sentences: ['The stock is released. ', 'It is sent. ', 'The stock  is new.\n\n'],
      hasRepeated: true,
    });
  });

  it('ends as well where the repetition is the last thing said', () => {
    expect(tell('The stock is released. THE STOCK IS RELEASED.')).toMatchObject({
      kept: 'The stock is released. ',
      hasRepeated: true,
    });
  });

  it('may say something short twice, and is kept whole where nothing is repeated', () => {
    const text = 'Yes. It is. Yes. It was, says `a.b`.';
    expect(tell(text)).toMatchObject({ kept: text, hasRepeated: false });
    expect(tell(text).sentences.join('')).toBe(text);
  });

  it('ends after as many sentences as are wanted', () => {
    expect(tell('One is sent. Two is. Three is not.', { sentencesMax: 2 })).toEqual({
      kept: 'One is sent. Two is. ',
      sentences: ['One is sent. ', 'Two is. '],
      hasRepeated: false,
    });
  });

  it('goes on after a sentence that is not allowed, which does not count', () => {
    const isAllowed = (sentence: string): boolean => !sentence.includes('two');
    const text = 'It sends one. It sends two. It sends three. It sends four.';
    expect(tell(text, { isAllowed, sentencesMax: 2 })).toEqual({
      kept: 'It sends one. It sends three. ',
      sentences: ['It sends one. ', 'It sends three. '],
      hasRepeated: false,
    });
    expect(tell('It sends two.', { isAllowed })).toMatchObject({ kept: '', sentences: [] });
  });

  it.each([
    ['prose that was cut', 'It sends one. It then se', 'It sends one. '],
    ['prose that ends', 'It sends one. It then sends `two`.', 'It sends one. It then sends `two`.'],
    ['code that ends', 'So it is:\n\n```\nsend()\n```', 'So it is:\n\n```\nsend()\n```'],
    ['all there is', 'It then se', 'It then se'],
  ])('where it is to end whole, keeps of %s what is whole', (_, text, kept) => {
    const told = tell(text, { endsWhole: true }, true);
    expect(told.kept).toBe(kept);
    expect(told.sentences.join('')).toBe(kept);
    expect(tell(text, {}, true).kept).toBe(text);
    expect(tell(text, { endsWhole: true }).kept).toBe(text);
  });
});
