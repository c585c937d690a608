import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

/** What a command prints to; an object, so that nothing below it asks the process. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  colors: Colors;
  errorColors: Colors;
  /** Whether what was printed can be drawn over: standard output is a terminal that moves its cursor. */
  live: boolean;
  /** Whether standard error can show a progress bar. */
  progressBar: boolean;
  columns(): number;
  rows(): number;
  /** Where relative names on the terminal start. */
  folder: string;
}

export function processTerminal(allowColor: boolean): Terminal {
  const isDumb = process.env['TERM'] === 'dumb';
  return {
    out: (text) => {
      if (!process.stdout.destroyed) process.stdout.write(text);
    },
    err: (text) => {
      if (!process.stderr.destroyed) process.stderr.write(text);
    },
    colors: createColors(allowColor && hasColor(process.stdout.isTTY && !isDumb)),
    errorColors: createColors(allowColor && hasColor(process.stderr.isTTY && !isDumb)),
    live: process.stdout.isTTY && !isDumb,
    progressBar: process.stderr.isTTY && !isDumb,
    columns: () => (process.stdout.isTTY ? process.stdout.columns : 80),
    rows: () => (process.stdout.isTTY ? process.stdout.rows : 24),
    folder: process.cwd(),
  };
}

/** picocolors' own test also colours pipes (on Windows and in CI), where the codes would end up in files. */
function hasColor(isTerminal: boolean): boolean {
  if (process.env['NO_COLOR']) return false;
  return isTerminal || Boolean(process.env['FORCE_COLOR']);
}
