import { decodeKeys } from '../keysInt8';
import { decodeKv } from '../kvForms';
import type { RecordHead } from '../record';

/** Larger numbers no model computes; a product of two of them is still one that fp32 holds. */
const magnitudeMax = 1e18;

/**
 * Whether a record holds numbers that can be computed with. A checksum does not tell: one infinite scale would spoil
 * the scores of every question.
 */
export function isFinitePayload({ form, dims }: RecordHead, payload: Uint8Array): boolean {
  if (form === 'keysInt8') return areFinite(decodeKeys(payload, dims).scales);
  const { keys, values } = decodeKv(form, payload, dims, 0, dims[2]);
  return areFinite(keys) && areFinite(values);
}

function areFinite(numbers: Float32Array): boolean {
  for (const number of numbers) if (!(Math.abs(number) <= magnitudeMax)) return false;
  return true;
}
