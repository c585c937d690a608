/**
 * A segment: a file of records of one family, appended by the one process that made it. All numbers are unsigned and
 * little-endian.
 *
 * | offset | bytes | field                                       |
 * |-------:|------:|---------------------------------------------|
 * |      0 |    16 | preamble: magic, format version, CRC-32     |
 * |     16 |    32 | SHA-256 of the package id                   |
 * |     48 |     4 | zero                                        |
 * |     52 |     4 | CRC-32 of bytes 0 to 51                     |
 * |     56 |     n | records, one after the other                |
 */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assertInvariant } from '../errors';
import { magic, preambleBytes, writePreamble } from './preamble';
import { headerBytes, readHead, recordAlignment, type RecordHead } from './record';
import type { Family } from './shape';
import type { StoreFiles } from './storeFiles';

export const segmentHeaderBytes = 56;
/** No version writes larger ones, and the catalogue has 4 bytes for a place in them. */
export const segmentFileBytesMax = 2 ** 31;
const at = { packageHash: 16, headerCrc: 52 };
/** Read at once while records are looked for: many landmark keys, or the head of one KV record. */
const scanBytes = 2 ** 16;

assertInvariant(
  at.packageHash === preambleBytes &&
    at.headerCrc + 4 === segmentHeaderBytes &&
    segmentHeaderBytes % recordAlignment === 0,
  'the segment header fills its table',
);

/** What this process knows of a segment. */
export interface Segment {
  readonly name: string;
  readonly family: Family;
  /** The file's size when it was last looked at. */
  bytes: number;
  /** Where records that were not yet looked at would begin. */
  scannedBytes: number;
  /** Bytes of records that the index points to. */
  liveBytes: number;
  modifiedMs: number;
  /** This process appends to it; nobody else does. */
  isOpen: boolean;
  /** This process made it and appends to it no more. */
  isSealed: boolean;
}

const segmentName = /^(keys|kv)-[0-9a-f]{16}\.segment$/;

/** Names are never used twice, so nothing that is remembered of one segment is looked for in another. */
export function newSegmentName(family: Family): string {
  return `${family}-${randomBytes(8).toString('hex')}.segment`;
}

export function familyOfName(name: string): Family | undefined {
  return segmentName.exec(name)?.[1] as Family | undefined;
}

export function encodeSegmentHeader(packageHash: Buffer): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  writePreamble(header);
  packageHash.copy(header, at.packageHash);
  header.writeUInt32LE(crc32(header.subarray(0, at.headerCrc)), at.headerCrc);
  return header;
}

export interface FoundRecord extends RecordHead {
  offset: number;
}

/**
 * Looks for records in `[from, fileBytes)`. A damaged head is passed over to the next record behind it; a record
 * that reaches beyond the end is unfinished. Payloads are checked when they are read.
 *
 * @returns the records, and where to go on when the file has grown
 */
export async function scanSegment(
  files: StoreFiles,
  path: string,
  packageHash: Buffer,
  { from, fileBytes }: { from: number; fileBytes: number },
): Promise<{ records: FoundRecord[]; scannedBytes: number }> {
  const records: FoundRecord[] = [];
  let scannedBytes = Math.max(from, segmentHeaderBytes);
  let offset = scannedBytes;
  let piece: Buffer = Buffer.alloc(0);
  let pieceAt = 0;
  while (offset + headerBytes <= fileBytes) {
    if (offset < pieceAt || offset + headerBytes > pieceAt + piece.length) {
      piece = (await files.read(path, offset, Math.min(scanBytes, fileBytes - offset))) ?? Buffer.alloc(0);
      pieceAt = offset;
      if (piece.length < headerBytes) break;
    }
    const head = readHead(piece.subarray(offset - pieceAt), packageHash);
    if (!head) {
      offset = pieceAt + nextMagic(piece, offset - pieceAt + recordAlignment);
    } else if (offset + head.bytes > fileBytes) {
      // Unfinished, or its length is another's: nothing can follow the first, the second ends before the next head.
      break;
    } else {
      records.push({ ...head, offset });
      offset += head.bytes;
      scannedBytes = offset;
    }
  }
  return { records, scannedBytes };
}

/** The next place where a record may begin; the end of the piece, less what may hold part of the magic. */
function nextMagic(piece: Buffer, from: number): number {
  for (let found = piece.indexOf(magic, from); found >= 0; found = piece.indexOf(magic, found + 1)) {
    if (found % recordAlignment === 0) return found;
  }
  return Math.max(from, piece.length - (piece.length % recordAlignment));
}
