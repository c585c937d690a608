import { describe, expect, it } from 'vitest';
import { inputRounding, roundingFor } from '../../server/model/native/int8';

const trueSum = 64 * 255 * 127;
// 32 pairs of 255 * 127 * 2, each of which 16 bits hold as 32,767.
const saturated = 32 * 32_767;

describe('what inputs are rounded to', () => {
  it('is eight bits where the processor adds up the largest products exactly', () => {
    expect(roundingFor([trueSum, trueSum])).toEqual({ steps: 127, zeroPoint: 128 });
  });

  it('is seven bits where one sum is wrong', () => {
    const { steps, zeroPoint } = roundingFor([trueSum, saturated]);
    expect({ steps, zeroPoint }).toEqual({ steps: 63, zeroPoint: 64 });
    // With as many steps on both sides of the zero point no pair of products leaves 16 bits.
    expect((zeroPoint + steps) * 127 * 2).toBeLessThanOrEqual(32_767);
  });

  it('is found by running a product on this processor', async () => {
    expect([63, 127]).toContain((await inputRounding()).steps);
  });
});
