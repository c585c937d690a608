/** How far into a file a NUL byte is looked for. */
const binaryProbeBytes = 8 * 1024;

export type DecodedText =
  | { state: 'text'; lines: string[]; linesCut: number }
  | { state: 'skipped'; reason: 'binary' | 'notUtf8' | 'empty' };

/** Turns the bytes of a file into lines: UTF-8 without its byte order mark, any kind of line end. */
export function decodeText(bytes: Uint8Array, maxLineChars: number): DecodedText {
  if (bytes.subarray(0, binaryProbeBytes).includes(0)) return { state: 'skipped', reason: 'binary' };
  const text = decodeUtf8(bytes);
  if (text === undefined) return { state: 'skipped', reason: 'notUtf8' };
  if (!/\S/.test(text)) return { state: 'skipped', reason: 'empty' };
  const lines = text.split(/\r\n|\r|\n/);
  // A final line end closes the last line; it does not open another.
  if (lines.at(-1) === '') lines.pop();
  let linesCut = 0;
  lines.forEach((line, lineIndex) => {
    if (line.length <= maxLineChars) return;
    lines[lineIndex] = cutLine(line, maxLineChars);
    linesCut++;
  });
  return { state: 'text', lines, linesCut };
}

/** The decoder drops the byte order mark. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Never between the two halves of a character, whose first half alone could not be encoded. */
function cutLine(line: string, maxLineChars: number): string {
  const last = line.charCodeAt(maxLineChars - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return line.slice(0, splitsPair ? maxLineChars - 1 : maxLineChars);
}
