/** A store of tiny records whose content is told by their window's number, so that every read can be checked. */

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { floatKeys, quantizeKeys } from '../../../server/store/keysInt8';
import { headerBytes } from '../../../server/store/record';
import type { WindowKv } from '../../../server/store/shape';
import type { StoreOptions } from '../../../server/store/options';
import { WindowStore } from '../../../server/store/windowStore';

export const shape = { keyWidth: 6, layers: 2, kvHeads: 1, headDim: 4 };
export const packageId = 'package-a';
/** scales [2], numbers [2, 6], filled up to a multiple of 8. */
export const keysRecordBytes = headerBytes + 24;
/** scales [2, 4] and [2, 3], numbers twice [2, 3, 4]. */
export const kvRecordBytes = headerBytes + 4 * 8 + 4 * 6 + 48;
export const never = new AbortController().signal;

export function openStore(folder: string, options: Partial<StoreOptions> = {}): Promise<WindowStore> {
  return WindowStore.open({ folder, packageId, shape, ...options });
}

/** Paths of the segments of a folder. */
export function segmentsIn(folder: string, family = ''): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(family) && name.endsWith('.segment'))
    .map((name) => join(folder, name));
}

export function idOf(name: string | number): string {
  return createHash('sha256').update(String(name)).digest('hex');
}

/** [2, keyWidth] */
export function keysOf(number: number): Float32Array {
  return Float32Array.from({ length: 12 }, (_, at) => Math.sin(number + at));
}

/** Keys as they are read: rounded to int8. */
export function keptKeysOf(number: number): Float32Array {
  return floatKeys(quantizeKeys(keysOf(number), shape.keyWidth));
}

/** Numbers whose int8 form is exact: every key channel and every token has 127 as its magnitude, or nothing. */
export function kvOf(number: number): WindowKv {
  const numbers = (from: number): Float32Array =>
    Float32Array.from(
      { length: 24 },
      (_, at) => (at % 5 === 4 ? 127 : -127) * ((number + from + at) % 3 ? 1 : 0) + 0,
    );
  return { tokens: 3, keys: numbers(0), values: numbers(1) };
}

/** What a read says of a window: as it was written, a miss, or anything else. */
export async function checkKeys(store: WindowStore, number: number): Promise<'good' | 'miss' | 'WRONG'> {
  const keys = await store.readKeys(idOf(number));
  if (!keys) return 'miss';
  return sameNumbers(floatKeys(keys), keptKeysOf(number)) ? 'good' : 'WRONG';
}

export async function checkKv(store: WindowStore, number: number): Promise<'good' | 'miss' | 'WRONG'> {
  const kv = (await store.readKv(idOf(number)))?.decode();
  if (!kv) return 'miss';
  const expected = kvOf(number);
  const same =
    kv.tokens === expected.tokens &&
    sameNumbers(kv.keys, expected.keys) &&
    sameNumbers(kv.values, expected.values);
  return same ? 'good' : 'WRONG';
}

function sameNumbers(left: Float32Array, right: Float32Array): boolean {
  return left.length === right.length && left.every((number, at) => number === right[at]);
}
