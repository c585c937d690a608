/**
 * The byte layout of a record file. All numbers are unsigned and little-endian.
 *
 * | offset | bytes | field                                                             |
 * |-------:|------:|-------------------------------------------------------------------|
 * |      0 |     8 | magic, ASCII "landmark"                                           |
 * |      8 |     4 | format version                                                    |
 * |     12 |     4 | CRC-32 of bytes 0 to 11                                           |
 * |     16 |     4 | kind: 1 keys, 2 KV                                                |
 * |     20 |     4 | payload bytes                                                     |
 * |     24 |    16 | four dimensions: keys [blocks, keyWidth, 1, 1],                   |
 * |        |       | KV [layers, kvHeads, tokens, headDim]                             |
 * |     40 |    32 | SHA-256 of the package id                                         |
 * |     72 |    32 | window id                                                         |
 * |    104 |     4 | CRC-32 of the payload                                             |
 * |    108 |     4 | CRC-32 of bytes 0 to 107                                          |
 * |    112 |     n | payload: keys as fp32, row-major; or                              |
 * |        |       | KV as fp16, all keys before rotary position, then all values      |
 *
 * The first 16 bytes keep their place and meaning in every later version. Their own checksum tells a record of
 * a newer version, which is refused, from a damaged one, which is dropped.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assertInvariant } from '../errors';

export const formatVersion = 1;
export const headerBytes = 112;

const at = {
  magic: 0,
  version: 8,
  preambleCrc: 12,
  kind: 16,
  payloadBytes: 20,
  dims: 24,
  packageHash: 40,
  windowId: 72,
  payloadCrc: 104,
  headerCrc: 108,
} as const;

const magic = Buffer.from('landmark', 'latin1');
const kinds = { keys: { code: 1, elementBytes: 4 }, kv: { code: 2, elementBytes: 2 } } as const;
/** What the layout can state; a window's KV is far smaller (12 MB for the default base). */
const maxPayloadBytes = 0xffff_ffff;

assertInvariant(
  magic.length === at.version && at.headerCrc + 4 === headerBytes,
  'the record header fills its table',
);
assertInvariant(
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1,
  'this machine is little-endian, as records are',
);

export type RecordKind = keyof typeof kinds;
export type Dims = readonly [number, number, number, number];

/** Whose record it is: stated in every header, so that a misplaced file is never taken for another's. */
export interface RecordOwner {
  packageHash: Buffer;
  /** SHA-256 in hex. */
  windowId: string;
}

export type Decoded =
  | { state: 'good'; dims: Dims; payload: ArrayBuffer }
  | { state: 'bad' }
  | { state: 'newer'; version: number };

export function packageHashOf(packageId: string): Buffer {
  return createHash('sha256').update(packageId, 'utf8').digest();
}

/** @param parts typed arrays that make up the payload, in order */
export function encodeRecord(
  kind: RecordKind,
  owner: RecordOwner,
  dims: Dims,
  parts: readonly (Float32Array | Uint16Array)[],
): Buffer {
  const payloadBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  assertInvariant(
    payloadBytes === payloadBytesOf(kind, dims),
    `a ${kind} payload fills [${dims.join(', ')}]`,
  );
  assertInvariant(payloadBytes <= maxPayloadBytes, 'a record fits its length field');
  const record = Buffer.alloc(headerBytes + payloadBytes);
  let end = headerBytes;
  for (const part of parts) {
    record.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), end);
    end += part.byteLength;
  }
  magic.copy(record, at.magic);
  record.writeUInt32LE(formatVersion, at.version);
  record.writeUInt32LE(crc32(record.subarray(0, at.preambleCrc)), at.preambleCrc);
  record.writeUInt32LE(kinds[kind].code, at.kind);
  record.writeUInt32LE(payloadBytes, at.payloadBytes);
  dims.forEach((dim, index) => record.writeUInt32LE(dim, at.dims + 4 * index));
  owner.packageHash.copy(record, at.packageHash);
  Buffer.from(owner.windowId, 'hex').copy(record, at.windowId);
  record.writeUInt32LE(crc32(record.subarray(headerBytes)), at.payloadCrc);
  record.writeUInt32LE(crc32(record.subarray(0, at.headerCrc)), at.headerCrc);
  return record;
}

/** The payload is returned only when every field and both checksums hold; a copy, aligned for typed arrays. */
export function decodeRecord(bytes: Uint8Array, kind: RecordKind, owner: RecordOwner): Decoded {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (record.length < at.kind || !record.subarray(0, at.version).equals(magic)) return { state: 'bad' };
  if (record.readUInt32LE(at.preambleCrc) !== crc32(record.subarray(0, at.preambleCrc)))
    return { state: 'bad' };
  const version = record.readUInt32LE(at.version);
  if (version > formatVersion) return { state: 'newer', version };
  if (version !== formatVersion || record.length < headerBytes) return { state: 'bad' };
  if (record.readUInt32LE(at.headerCrc) !== crc32(record.subarray(0, at.headerCrc))) return { state: 'bad' };
  const dim = (index: number): number => record.readUInt32LE(at.dims + 4 * index);
  const dims: Dims = [dim(0), dim(1), dim(2), dim(3)];
  const payload = record.subarray(headerBytes);
  const holds =
    record.readUInt32LE(at.kind) === kinds[kind].code &&
    record.subarray(at.packageHash, at.windowId).equals(owner.packageHash) &&
    record.toString('hex', at.windowId, at.payloadCrc) === owner.windowId &&
    record.readUInt32LE(at.payloadBytes) === payload.length &&
    payload.length === payloadBytesOf(kind, dims) &&
    record.readUInt32LE(at.payloadCrc) === crc32(payload);
  return holds ? { state: 'good', dims, payload: copyOf(payload) } : { state: 'bad' };
}

/** Size of a whole record file. */
export function recordBytes(kind: RecordKind, dims: Dims): number {
  return headerBytes + payloadBytesOf(kind, dims);
}

/** A KV payload holds keys and values. */
function payloadBytesOf(kind: RecordKind, dims: Dims): number {
  const elements = dims[0] * dims[1] * dims[2] * dims[3];
  return elements * kinds[kind].elementBytes * (kind === 'kv' ? 2 : 1);
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
