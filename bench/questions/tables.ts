import { readFileSync } from 'node:fs';

/** The rows of a table of tab-separated values, by the names in its first line. */
export function readTable(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = head!.split('\t');
  return lines.map((line, index) => {
    const cells = line.split('\t');
    if (cells.length !== names.length) throw new Error(`${path}:${index + 2} has ${cells.length} cells`);
    return Object.fromEntries(names.map((name, cell) => [name, cells[cell]!]));
  });
}

/** The objects of a file with one JSON object a line. */
export function readJsonLines(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line): unknown => JSON.parse(line));
}
