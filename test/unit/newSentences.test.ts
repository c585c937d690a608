import { describe, expect, it } from 'vitest';
import { NewSentences } from '../../server/answering/newSentences';

function tell(text: string): { kept: string; sentences: string[]; hasRepeated: boolean } {
  const told = new NewSentences();
  const sentences = Array.from(text).flatMap((character) => (told.hasRepeated ? [] : told.push(character)));
  sentences.push(...told.finish());
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
});
