import { describe, expect, test } from 'vitest';
import { contrasted, onlyPlausible } from '../../server/model/contrast';

const logits = Float32Array.of(0, 3, 2.9, -1, 2.5);
/** Says the second token whatever was read, and the last one least. */
const without = Float32Array.of(0, 4, 3, 0, -3);

describe('the only plausible token', () => {
  test('is the likeliest one where no other is likely enough', () => {
    expect(onlyPlausible(Float32Array.of(0, 5, 2), 0.1)).toBe(1);
    expect(onlyPlausible(Float32Array.of(0, 5, 2), 0.04)).toBeUndefined();
    expect(onlyPlausible(logits, 0.1)).toBeUndefined();
  });

  test('is none where two are as likely, whatever is plausible', () => {
    expect(onlyPlausible(Float32Array.of(1, 7, 7), 1)).toBeUndefined();
    expect(onlyPlausible(Float32Array.of(7, 1, 6.99), 1)).toBe(0);
  });

  test('is not looked for among logits that are no numbers', () => {
    expect(() => onlyPlausible(Float32Array.of(NaN, NaN), 0.1)).toThrow('Broken invariant');
    expect(() => contrasted(Float32Array.of(NaN, NaN), without, { weight: 1, plausible: 0.1 })).toThrow(
      'Broken invariant',
    );
  });
});

describe('beside what would be said without the context', () => {
  test('the likeliest token is chosen without a weight, and where nothing else is plausible', () => {
    expect(contrasted(logits, without, { weight: 0, plausible: 0.001 })).toBe(1);
    expect(contrasted(logits, without, { weight: 9, plausible: 1 })).toBe(1);
  });

  test('what the context adds decides among plausible tokens alone', () => {
    // 1.5 * 3 - 0.5 * 4 = 2.5; 2.85 of the third; 5.25 of the last.
    expect(contrasted(logits, without, { weight: 0.5, plausible: 0.1 })).toBe(4);
    expect(contrasted(logits, without, { weight: 0.5, plausible: 0.8 })).toBe(2);
    // The first has e^-3 of the likeliest one's probability.
    const unsaid = Float32Array.of(-90, 4, 3, 0, -3);
    expect(contrasted(logits, unsaid, { weight: 0.5, plausible: 0.1 })).toBe(4);
    expect(contrasted(logits, unsaid, { weight: 0.5, plausible: 0.04 })).toBe(0);
  });

  test('of equal tokens the first is chosen', () => {
    const even = Float32Array.of(2, 2);
    expect(contrasted(even, even, { weight: 0.5, plausible: 0.1 })).toBe(0);
  });
});
