/**
 * The first bytes of every record, segment and catalogue. They keep their place and meaning in every version, and
 * their own checksum tells what is newer, which is refused, from what is damaged, which is dropped.
 *
 * | offset | bytes | field                             |
 * |-------:|------:|-----------------------------------|
 * |      0 |     8 | magic, ASCII "landmark"           |
 * |      8 |     4 | format version, little-endian     |
 * |     12 |     4 | CRC-32 of bytes 0 to 11           |
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assertInvariant } from '../errors';

/** 1 was a file per record. */
export const formatVersion = 2;
export const preambleBytes = 16;
export const magic = Buffer.from('landmark', 'latin1');

assertInvariant(magic.length + 8 === preambleBytes, 'the preamble fills its table');
assertInvariant(
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1,
  'this machine is little-endian, as the store is',
);

export function writePreamble(target: Buffer): void {
  magic.copy(target, 0);
  target.writeUInt32LE(formatVersion, 8);
  target.writeUInt32LE(crc32(target.subarray(0, 12)), 12);
}

/** @returns the version, or undefined where this is no preamble */
export function readPreamble(bytes: Buffer): number | undefined {
  if (bytes.length < preambleBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  if (bytes.readUInt32LE(12) !== crc32(bytes.subarray(0, 12))) return undefined;
  return bytes.readUInt32LE(8);
}

export function packageHashOf(packageId: string): Buffer {
  return createHash('sha256').update(packageId, 'utf8').digest();
}
