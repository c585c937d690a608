import { decodeKvFloat16, encodeKvFloat16 } from './kvFloat16';
import { decodeKvInt8, encodeKvInt8 } from './kvInt8';
import type { Dims, KvPrecision, WindowKv } from './shape';

export type KvForm = 'kvInt8' | 'kvFloat16';

export const kvForms: Record<KvPrecision, KvForm> = { int8: 'kvInt8', fp16: 'kvFloat16' };

const codecs = {
  kvInt8: { encode: encodeKvInt8, decode: decodeKvInt8 },
  kvFloat16: { encode: encodeKvFloat16, decode: decodeKvFloat16 },
} as const;

export function encodeKv(form: KvForm, kv: WindowKv, dims: Dims, target: Uint8Array): void {
  codecs[form].encode(kv, dims, target);
}

export function decodeKv(form: KvForm, payload: Uint8Array, dims: Dims): WindowKv {
  return codecs[form].decode(payload, dims);
}
