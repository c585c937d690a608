/**
 * Text of the model or the workspace must not steer the terminal: control characters are shown as pictures,
 * and the bidirectional controls, which reorder what is read, as replacement characters. Line feeds and tabs
 * stay.
 */
export function neutralize(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, (character) => {
      const code = character.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '\u2421' : '\ufffd';
    });
}

/** `neutralize` for what must stay on one line: paths, names. */
export function neutralizeLine(text: string): string {
  return neutralize(text).replace(/\n/g, '\u240a').replace(/\t/g, '\u2409');
}

/** The first characters of a line that is too long, with a mark. */
export function cut(line: string, charactersMax: number): string {
  return line.length > charactersMax ? `${line.slice(0, Math.max(0, charactersMax - 1))}…` : line;
}

/** `1,204 blocks`, `1 block`. */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${number(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${number(Math.floor(ms / 60_000))} min ${number((ms % 60_000) / 1_000)} s`;
}

export function bytes(value: number): string {
  if (value < 1_000) return count(value, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB'];
  let unitIndex = -1;
  let scaled = value;
  while (scaled >= 1_000 && unitIndex < units.length - 1) {
    scaled /= 1_000;
    unitIndex += 1;
  }
  return `${scaled.toFixed(1)} ${units[unitIndex] ?? ''}`;
}
