/** The readers of records, segments and the catalogue meet any bytes. Seeded, so that a failure can be repeated. */

import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { ExpectedError } from '../../server/errors';
import { decodeCatalogue, encodeCatalogue } from '../../server/store/catalogue';
import { decodeKeys, encodeKeys, quantizeKeys } from '../../server/store/keysInt8';
import { packageHashOf } from '../../server/store/preamble';
import { decodeRecord, encodeRecord, headerBytes, readHead } from '../../server/store/record';
import { RecordIndex } from '../../server/store/recordIndex';
import { encodeSegmentHeader, scanSegment } from '../../server/store/segment';
import { nodeStoreFiles } from '../../server/store/storeFiles';
import { randomBelow } from './support/random';
import { idOf, keysOf, packageId } from './support/smallStore';

const inputCount = 100_000;
const packageHash = packageHashOf(packageId);

function keysRecord(number: number): Buffer {
  const keys = quantizeKeys(keysOf(number), 6);
  return encodeRecord('keysInt8', { packageHash, windowId: idOf(number) }, [2, 6, 1, 1], (payload) => {
    encodeKeys(keys, payload);
  });
}

function someCatalogue(): Buffer {
  const index = new RecordIndex('kvInt8');
  const segment = index.addSegment('keys-0123456789abcdef.segment', 'keys', 5);
  for (let number = 0; number < 4; number++) {
    const place = {
      windowId: idOf(number),
      form: 'keysInt8',
      offset: 56 + 136 * number,
      bytes: 136,
    } as const;
    index.put(segment, place, number);
  }
  segment.scannedBytes = 56 + 4 * 136;
  return encodeCatalogue(index, packageHash);
}

/** Bytes that are noise, or good ones that were changed: bits, bytes, a length, another piece, a new checksum. */
function changed(good: Buffer, random: (below: number) => number, crcRanges: readonly number[][]): Buffer {
  if (random(10) === 0) return Buffer.from(Array.from({ length: random(300) }, () => random(256)));
  let bytes = Buffer.from(good);
  for (let change = 0; change <= random(4); change++) {
    const at = random(bytes.length);
    const kind = random(5);
    if (kind === 0) bytes[at]! ^= 1 << random(8);
    if (kind === 1) bytes[at] = random(256);
    if (kind === 2)
      bytes.writeUInt32LE(random(2) ? 0xffff_ffff : random(0xffff_ffff), at % (bytes.length - 4));
    if (kind === 3) bytes.copy(bytes, at, random(bytes.length));
    if (kind === 4 && bytes.length > 8) bytes = bytes.subarray(0, Math.max(8, at));
  }
  // A checksum that holds lets the change through to what lies behind it.
  if (random(2) === 0) {
    for (const [from, to, place] of crcRanges) {
      const end = to! < 0 ? bytes.length : to!;
      if (place! + 4 <= bytes.length && from! <= end && end <= bytes.length) {
        bytes.writeUInt32LE(crc32(bytes.subarray(from, end)), place);
      }
    }
  }
  return bytes;
}

test('any bytes are a whole record or none', () => {
  const random = randomBelow(21);
  const good = keysRecord(1);
  const crcRanges = [
    [0, 12, 12],
    [headerBytes, headerBytes + 20, 104],
    [0, 108, 108],
  ];
  let decodedCount = 0;
  for (let input = 0; input < inputCount; input++) {
    const bytes = changed(good, random, crcRanges);
    const record = decodeRecord(bytes, packageHash);
    const head = readHead(bytes, packageHash);
    if (!record) continue;
    decodedCount++;
    expect(head).toEqual(record.head);
    expect(record.head.bytes).toBeLessThanOrEqual(bytes.length);
    if (record.head.form === 'keysInt8') {
      expect(decodeKeys(record.payload, record.head.dims).scales.length).toBe(record.head.dims[0]);
    }
  }
  expect(decodedCount).toBeGreaterThan(100);
  expect(decodedCount).toBeLessThan(inputCount / 2);
});

test('any bytes are a whole catalogue, none, or one of a newer format', () => {
  const random = randomBelow(22);
  const good = someCatalogue();
  const crcRanges = [
    [0, 12, 12],
    [64, -1, 56],
    [0, 60, 60],
  ];
  const counts = { decoded: 0, newer: 0 };
  for (let input = 0; input < inputCount; input++) {
    const bytes = changed(good, random, crcRanges);
    try {
      const catalogue = decodeCatalogue(bytes, packageHash, 'catalogue');
      if (!catalogue) continue;
      counts.decoded++;
      for (const { segmentAt, offset, bytes: recordBytes } of catalogue.records) {
        expect(offset + recordBytes).toBeLessThanOrEqual(catalogue.segments[segmentAt]!.scannedBytes);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ExpectedError);
      counts.newer++;
    }
  }
  expect(counts.decoded).toBeGreaterThan(100);
  expect(counts.newer).toBeGreaterThan(100);
});

test('any bytes of a segment are looked through to their end, and hold no record that was not written', async () => {
  const random = randomBelow(23);
  const good = Buffer.concat([encodeSegmentHeader(packageHash), ...[1, 2, 3].map(keysRecord)]);
  const ids = [1, 2, 3].map(idOf);
  let foundCount = 0;
  for (let input = 0; input < inputCount / 4; input++) {
    const bytes = changed(good, random, []);
    const files = {
      ...nodeStoreFiles,
      read: (_: string, offset: number, count: number) =>
        Promise.resolve(bytes.subarray(offset, offset + count)),
    };
    const { records, scannedBytes } = await scanSegment(files, 'segment', packageHash, {
      from: 0,
      fileBytes: bytes.length,
    });
    expect(scannedBytes).toBeLessThanOrEqual(Math.max(56, bytes.length));
    for (const record of records) {
      expect(record.offset + record.bytes).toBeLessThanOrEqual(bytes.length);
      expect(ids).toContain(record.windowId);
    }
    foundCount += records.length;
  }
  expect(foundCount).toBeGreaterThan(inputCount / 8);
});
