import type { Steps } from '../concurrency';
import { decodeKvFloat16, encodeKvFloat16, kvFloat16PayloadBytes } from './kvFloat16';
import { decodeKvInt8, encodeKvInt8, kvInt8PayloadBytes } from './kvInt8';
import type { Dims, KvPrecision, WindowKv } from './shape';

export type KvForm = 'kvInt8' | 'kvFloat16';

export const kvForms: Record<KvPrecision, KvForm> = { int8: 'kvInt8', fp16: 'kvFloat16' };

const codecs = {
  kvInt8: { bytes: kvInt8PayloadBytes, encode: encodeKvInt8, decode: decodeKvInt8 },
  kvFloat16: { bytes: kvFloat16PayloadBytes, encode: encodeKvFloat16, decode: decodeKvFloat16 },
} as const;

/** @returns the payload of a record */
export function* encodeKv(form: KvForm, kv: WindowKv, dims: Dims): Steps<Uint8Array> {
  const payload = new Uint8Array(kvPayloadBytes(form, dims));
  yield* codecs[form].encode(kv, dims, payload);
  return payload;
}

/** Tokens [from, to) of a payload. */
export function decodeKv(form: KvForm, payload: Uint8Array, dims: Dims, from: number, to: number): WindowKv {
  return codecs[form].decode(payload, dims, from, to);
}

export function kvPayloadBytes(form: KvForm, dims: Dims): number {
  return codecs[form].bytes(dims);
}
