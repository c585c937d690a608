/**
 * Characters that would mean something to the panel's own marks (private use), to a terminal (control), or that
 * reorder what the reader sees (bidirectional overrides and isolates).
 */
const unseen = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069\ue000-\ue00f]/gu;

/** Text as it is shown: what could not be seen is seen as a replacement character. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unseen, '\ufffd');
}

/** The same, cut to a length with a sign that it was. */
export function bounded(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

/** One line of at most `charsMax` characters, cut between words where that leaves enough. */
export function shortened(text: string, charsMax: number): string {
  const line = visible(text).replace(/\s+/g, ' ').trim();
  if (line.length <= charsMax) return line;
  const cut = line.slice(0, charsMax - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > charsMax / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** `fill('{0} of {1}', 1, 2)`: the form that the editor's own translations use. */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (whole, at: string) => String(values[Number(at)] ?? whole));
}

/** Folder and name of a path, as lists of files show them. */
export function splitPath(path: string): { folder: string; name: string } {
  const at = path.replace(/\/$/, '').lastIndexOf('/');
  return { folder: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
}

/** Lines without the indentation that all of them share. */
export function dedented(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)![0]);
  let shared = indents[0] ?? '';
  for (const indent of indents) while (!indent.startsWith(shared)) shared = shared.slice(0, -1);
  return lines.map((line) => (line.startsWith(shared) ? line.slice(shared.length) : line.trimStart()));
}
