/** Bounds of a difference that is summarized. Pure. */

/** A change of more files is better told by its parts. */
export const changedFilesMax = 100;
/** Longer differences are of generated files; their beginning says what they are. */
export const diffCharsMax = 100_000;

/** A unified difference without its header, as the server takes it; empty for binary files. */
export function boundedDiff(diff: string): string {
  const at = /^@@ /m.exec(diff)?.index;
  if (at === undefined) return '';
  const body = diff.slice(at);
  if (body.length <= diffCharsMax) return body;
  const cut = body.slice(0, diffCharsMax);
  return cut.slice(0, cut.lastIndexOf('\n') + 1);
}
