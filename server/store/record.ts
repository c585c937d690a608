/**
 * The byte layout of a record. All numbers are unsigned and little-endian. Records begin at multiples of 8 bytes, so
 * that typed arrays can be laid over what was read.
 *
 * | offset | bytes | field                                                        |
 * |-------:|------:|--------------------------------------------------------------|
 * |      0 |    16 | preamble: magic, format version, CRC-32                      |
 * |     16 |     4 | form of the payload: 1 keys int8, 2 KV int8, 3 KV fp16       |
 * |     20 |     4 | payload bytes                                                |
 * |     24 |    16 | four dimensions: keys [blocks, keyWidth, 1, 1],              |
 * |        |       | KV [layers, kvHeads, tokens, headDim]                        |
 * |     40 |    32 | SHA-256 of the package id                                    |
 * |     72 |    32 | window id                                                    |
 * |    104 |     4 | CRC-32 of the payload                                        |
 * |    108 |     4 | CRC-32 of bytes 0 to 107                                     |
 * |    112 |     n | payload, see keysInt8.ts, kvInt8.ts and kvFloat16.ts         |
 * |  112+n |   0-7 | zeros, up to a multiple of 8                                 |
 */
import { crc32 } from 'node:zlib';
import { assertInvariant } from '../errors';
import { keysPayloadBytes } from './keysInt8';
import { kvFloat16PayloadBytes } from './kvFloat16';
import { kvInt8PayloadBytes } from './kvInt8';
import { formatVersion, preambleBytes, readPreamble, writePreamble } from './preamble';
import type { Dims, Family } from './shape';

export const headerBytes = 112;
export const recordAlignment = 8;
/** A record is read in one piece; a window's fp16 KV takes 15 MB with 28 layers of 2 heads of 128. */
export const recordBytesMax = 2 ** 28;

const at = {
  form: 16,
  payloadBytes: 20,
  dims: 24,
  packageHash: 40,
  windowId: 72,
  payloadCrc: 104,
  headerCrc: 108,
};

assertInvariant(
  at.form === preambleBytes && at.headerCrc + 4 === headerBytes && headerBytes % recordAlignment === 0,
  'the record header fills its table',
);

const forms = {
  keysInt8: { code: 1, family: 'keys', payloadBytes: keysPayloadBytes },
  kvInt8: { code: 2, family: 'kv', payloadBytes: kvInt8PayloadBytes },
  kvFloat16: { code: 3, family: 'kv', payloadBytes: kvFloat16PayloadBytes },
} as const;

export type RecordForm = keyof typeof forms;
const formNames = Object.keys(forms) as RecordForm[];

/** What a header says of its record. */
export interface RecordHead {
  form: RecordForm;
  dims: Dims;
  /** SHA-256 in hex. */
  windowId: string;
  /** The whole record, with what fills it up. */
  bytes: number;
}

export function familyOf(form: RecordForm): Family {
  return forms[form].family;
}

export function codeOf(form: RecordForm): number {
  return forms[form].code;
}

export function formOf(code: number): RecordForm | undefined {
  return formNames.find((name) => forms[name].code === code);
}

/** Size of a whole record. */
export function recordBytes(form: RecordForm, dims: Dims): number {
  return alignedUp(headerBytes + forms[form].payloadBytes(dims));
}

/** @param fill writes the payload; its place has an address that fp32 numbers may have */
export function encodeRecord(
  form: RecordForm,
  owner: { packageHash: Buffer; windowId: string },
  dims: Dims,
  fill: (payload: Uint8Array) => void,
): Buffer {
  const payloadBytes = forms[form].payloadBytes(dims);
  const bytes = recordBytes(form, dims);
  assertInvariant(bytes <= recordBytesMax, `a ${form} record of ${bytes} bytes can be read again`);
  const record = Buffer.from(new ArrayBuffer(bytes));
  const payload = record.subarray(headerBytes, headerBytes + payloadBytes);
  fill(payload);
  writePreamble(record);
  record.writeUInt32LE(forms[form].code, at.form);
  record.writeUInt32LE(payloadBytes, at.payloadBytes);
  dims.forEach((dim, index) => record.writeUInt32LE(dim, at.dims + 4 * index));
  owner.packageHash.copy(record, at.packageHash);
  Buffer.from(owner.windowId, 'hex').copy(record, at.windowId);
  record.writeUInt32LE(crc32(payload), at.payloadCrc);
  record.writeUInt32LE(crc32(record.subarray(0, at.headerCrc)), at.headerCrc);
  return record;
}

/** The head of a record that begins here, or undefined where none of this package and format does. */
export function readHead(bytes: Buffer, packageHash: Buffer): RecordHead | undefined {
  if (bytes.length < headerBytes || readPreamble(bytes) !== formatVersion) return undefined;
  if (bytes.readUInt32LE(at.headerCrc) !== crc32(bytes.subarray(0, at.headerCrc))) return undefined;
  const form = formOf(bytes.readUInt32LE(at.form));
  if (!form || !bytes.subarray(at.packageHash, at.windowId).equals(packageHash)) return undefined;
  const dim = (index: number): number => bytes.readUInt32LE(at.dims + 4 * index);
  const dims: Dims = [dim(0), dim(1), dim(2), dim(3)];
  const holds =
    bytes.readUInt32LE(at.payloadBytes) === forms[form].payloadBytes(dims) &&
    dims.every((each) => each > 0) &&
    recordBytes(form, dims) <= recordBytesMax;
  if (!holds) return undefined;
  const windowId = bytes.toString('hex', at.windowId, at.payloadCrc);
  return { form, dims, windowId, bytes: recordBytes(form, dims) };
}

/** The whole record that begins here, where every field and both checksums hold. */
export function decodeRecord(
  bytes: Buffer,
  packageHash: Buffer,
): { head: RecordHead; payload: Uint8Array } | undefined {
  const head = readHead(bytes, packageHash);
  if (!head || bytes.length < head.bytes) return undefined;
  const payload = bytes.subarray(headerBytes, headerBytes + bytes.readUInt32LE(at.payloadBytes));
  return bytes.readUInt32LE(at.payloadCrc) === crc32(payload) ? { head, payload } : undefined;
}

function alignedUp(bytes: number): number {
  return Math.ceil(bytes / recordAlignment) * recordAlignment;
}
