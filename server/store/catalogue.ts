/**
 * The catalogue: where each record lies, saved so that opening does not look through the segments. It may be lost or
 * behind: what it does not cover is found in the segments. All numbers are unsigned and little-endian.
 *
 * | offset | bytes | field                                            |
 * |-------:|------:|--------------------------------------------------|
 * |      0 |    16 | preamble: magic, format version, CRC-32          |
 * |     16 |     4 | segments                                         |
 * |     20 |     4 | records                                          |
 * |     24 |    32 | SHA-256 of the package id                        |
 * |     56 |     4 | CRC-32 of what follows the header                |
 * |     60 |     4 | CRC-32 of bytes 0 to 59                          |
 * |     64 | 32 s  | segments                                         |
 * |        | 56 r  | records; KV in the order of use, the least recent first |
 *
 * A segment: 24 bytes name without its ending, filled up with zeros; 4 bytes of the file looked through; 4 zero.
 * A record: 32 window id; 4 segment, counted from 0; 4 offset; 4 bytes; 4 form; 8 last use, fp64 milliseconds.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { assertInvariant, failure } from '../errors';
import { formatVersion, readPreamble, writePreamble } from './preamble';
import { codeOf, familyOf, formOf, headerBytes as recordHeaderBytes, type RecordForm } from './record';
import type { RecordIndex } from './recordIndex';
import { familyOfName, segmentHeaderBytes } from './segment';
import type { StoreFolder } from './storeFolder';

const headerBytes = 64;
const segmentBytes = 32;
const recordBytes = 56;
const at = { segments: 16, records: 20, packageHash: 24, bodyCrc: 56, headerCrc: 60 } as const;
const nameBytes = 24;
const nameEnding = '.segment';
export const catalogueName = 'catalogue';

assertInvariant(
  at.headerCrc + 4 === headerBytes && nameBytes + 8 === segmentBytes && 32 + 4 * 4 + 8 === recordBytes,
  'the catalogue fills its table',
);

export interface Catalogue {
  segments: { name: string; scannedBytes: number }[];
  records: CatalogueRecord[];
}

interface CatalogueRecord {
  windowId: string;
  segmentAt: number;
  offset: number;
  bytes: number;
  form: RecordForm;
  usedMs: number;
}

export function encodeCatalogue(index: RecordIndex, packageHash: Buffer): Buffer {
  const segments = [...index.segments.values()];
  const numberOf = new Map(segments.map((segment, number) => [segment, number]));
  const count = index.places.keys.size + index.places.kv.size;
  const bytes = Buffer.alloc(headerBytes + segments.length * segmentBytes + count * recordBytes);
  let end = headerBytes;
  for (const { name, scannedBytes } of segments) {
    bytes.write(name.slice(0, -nameEnding.length), end, 'latin1');
    bytes.writeUInt32LE(scannedBytes, end + nameBytes);
    end += segmentBytes;
  }
  for (const places of [index.places.keys, index.places.kv]) {
    for (const [windowId, place] of places) {
      bytes.write(windowId, end, 'hex');
      bytes.writeUInt32LE(numberOf.get(place.segment)!, end + 32);
      bytes.writeUInt32LE(place.offset, end + 36);
      bytes.writeUInt32LE(place.bytes, end + 40);
      bytes.writeUInt32LE(codeOf(place.form), end + 44);
      bytes.writeDoubleLE(place.usedMs, end + 48);
      end += recordBytes;
    }
  }
  assertInvariant(end === bytes.length, 'the catalogue is filled');
  writePreamble(bytes);
  bytes.writeUInt32LE(segments.length, at.segments);
  bytes.writeUInt32LE(count, at.records);
  packageHash.copy(bytes, at.packageHash);
  bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes)), at.bodyCrc);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at.headerCrc)), at.headerCrc);
  return bytes;
}

/** Undefined where it is damaged or another package's. @throws storeTooNew */
export function decodeCatalogue(bytes: Buffer, packageHash: Buffer, path: string): Catalogue | undefined {
  const version = readPreamble(bytes);
  if (version !== undefined && version > formatVersion) {
    throw failure.storeTooNew(path, version, formatVersion);
  }
  if (version !== formatVersion || bytes.length < headerBytes) return undefined;
  const segmentCount = bytes.readUInt32LE(at.segments);
  const recordCount = bytes.readUInt32LE(at.records);
  const holds =
    bytes.readUInt32LE(at.headerCrc) === crc32(bytes.subarray(0, at.headerCrc)) &&
    bytes.subarray(at.packageHash, at.bodyCrc).equals(packageHash) &&
    bytes.length === headerBytes + segmentCount * segmentBytes + recordCount * recordBytes &&
    bytes.readUInt32LE(at.bodyCrc) === crc32(bytes.subarray(headerBytes));
  if (!holds) return undefined;
  const catalogue: Catalogue = { segments: [], records: [] };
  for (let number = 0; number < segmentCount; number++) {
    const row = headerBytes + number * segmentBytes;
    const name = bytes.toString('latin1', row, row + nameBytes).replace(/\0+$/, '') + nameEnding;
    catalogue.segments.push({ name, scannedBytes: bytes.readUInt32LE(row + nameBytes) });
  }
  for (let number = 0; number < recordCount; number++) {
    const row = headerBytes + segmentCount * segmentBytes + number * recordBytes;
    const record = readRecord(bytes, row, catalogue.segments);
    if (!record) return undefined;
    catalogue.records.push(record);
  }
  return catalogue;
}

function readRecord(
  bytes: Buffer,
  row: number,
  segments: Catalogue['segments'],
): CatalogueRecord | undefined {
  const form = formOf(bytes.readUInt32LE(row + 44));
  const record = {
    windowId: bytes.toString('hex', row, row + 32),
    segmentAt: bytes.readUInt32LE(row + 32),
    offset: bytes.readUInt32LE(row + 36),
    bytes: bytes.readUInt32LE(row + 40),
    usedMs: bytes.readDoubleLE(row + 48),
  };
  const segment = segments[record.segmentAt];
  const holds =
    form !== undefined &&
    segment !== undefined &&
    familyOfName(segment.name) === familyOf(form) &&
    record.offset >= segmentHeaderBytes &&
    record.bytes >= recordHeaderBytes &&
    record.offset + record.bytes <= segment.scannedBytes &&
    Number.isFinite(record.usedMs);
  return holds ? { ...record, form } : undefined;
}

/** Fills an empty index with what was saved of those segments that are still whole. @throws storeTooNew */
export async function loadCatalogue(store: StoreFolder): Promise<void> {
  const { files, folder, packageHash, index } = store;
  const path = join(folder, catalogueName);
  const state = await files.stat(path);
  const bytes = state && (await files.read(path, 0, state.bytes));
  const catalogue = bytes && decodeCatalogue(bytes, packageHash, path);
  if (!catalogue) return;
  const segments = await Promise.all(
    catalogue.segments.map(async ({ name, scannedBytes }) => {
      const family = familyOfName(name);
      const found = family && (await files.stat(join(folder, name)));
      // A segment that has become shorter is looked through again.
      if (!found || found.bytes < scannedBytes) return undefined;
      const segment = index.addSegment(name, family, found.modifiedMs);
      return Object.assign(segment, { bytes: scannedBytes, scannedBytes });
    }),
  );
  for (const { segmentAt, usedMs, ...record } of catalogue.records) {
    const segment = segments[segmentAt];
    // What its rows say of a record is checked against the record itself when that is read.
    if (segment) index.put(segment, record, usedMs);
  }
  index.isChanged = false;
}

/** Writes beside the old one, flushes, and swings the name, so that a reader sees one of the two. */
export async function saveCatalogue({ files, folder, packageHash, index }: StoreFolder): Promise<void> {
  const path = join(folder, catalogueName);
  const part = `${path}.${process.pid}.part`;
  index.isChanged = false;
  try {
    await files.remove(part);
    await files.create(part, encodeCatalogue(index, packageHash));
    await files.sync(part);
    await files.rename(part, path);
  } catch (error) {
    index.isChanged = true;
    await files.remove(part).catch(() => undefined);
    throw error;
  }
}
