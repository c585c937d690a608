/**
 * Protocol buffers on the wire: enough to change some fields of a message and keep every other byte of it.
 *
 *     message   field*
 *     field     tag (varint: number << 3 | wire type), then by wire type
 *                 0  a varint          1  8 bytes          5  4 bytes
 *                 2  length (varint), then so many bytes: a text, bytes, or a message
 *     varint    7 bits a byte, lowest first; the highest bit says that more follow
 */

/** A 64-bit number takes ten bytes. */
const varintBytesMax = 10;

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 };

export interface Field {
  number: number;
  /** Tag and content, as they stand. */
  whole: Uint8Array;
  /** Of a field with a length; undefined for numbers. */
  content: Uint8Array | undefined;
}

/** @throws where the bytes are no message */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = readVarint(message, at);
    const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
    const [contentStart, end] = extentOf(message, tag.end, type);
    if (number === 0 || end > message.length) throw new Error(`no field of a message at byte ${start}`);
    const content = type === wire.bytes ? message.subarray(contentStart, end) : undefined;
    yield { number, whole: message.subarray(start, end), content };
    at = end;
  }
}

function extentOf(message: Uint8Array, at: number, type: number): [contentStart: number, end: number] {
  if (type === wire.varint) return [at, readVarint(message, at).end];
  if (type === wire.fixed64) return [at, at + 8];
  if (type === wire.fixed32) return [at, at + 4];
  if (type !== wire.bytes) throw new Error(`wire type ${type} at byte ${at}`);
  const length = readVarint(message, at);
  return [length.end, length.end + length.value];
}

/** Above 2^53 the value is not exact, which no tag and no length that fits a file reaches. */
function readVarint(message: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < varintBytesMax; index++) {
    const byte = message[start + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new Error(`no number at byte ${start}`);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

export function bytesField(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varint(number * 8 + wire.bytes), varint(content.length), content]);
}

/**
 * The message with changed contents, and lengths that fit them.
 *
 * @param change the new content of a field that has a length, or the very content it was given to leave it alone
 * @returns the very message where nothing was changed
 */
export function mapFields(
  message: Uint8Array,
  change: (number: number, content: Uint8Array) => Uint8Array,
): Uint8Array {
  let isChanged = false;
  const parts: Uint8Array[] = [];
  for (const { number, whole, content } of fieldsOf(message)) {
    const changed = content && change(number, content);
    if (changed !== undefined && changed !== content) {
      isChanged = true;
      parts.push(bytesField(number, changed));
    } else parts.push(whole);
  }
  return isChanged ? Buffer.concat(parts) : message;
}
