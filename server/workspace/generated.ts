/** Tells files that a program wrote from those that a person did: they are long, alike, and answer few questions. */

/** A header says it early, or it is about something else. */
const headerLinesMax = 12;
/** Mean length of a line above which a script or style sheet was packed by a tool; people break lines before 120. */
const packedLineCharsMin = 250;

const generatedEndings = [
  '.pb.go',
  '_pb2.py',
  '_pb2_grpc.py',
  '.pb.cc',
  '.pb.h',
  '_grpc.pb.go',
  '.g.dart',
  '.freezed.dart',
  '.designer.cs',
  '.g.cs',
  '.g.i.cs',
  '.bundle.js',
];

/** A line of a comment, in whatever language. */
const commentLine = /^\s*(?:\/\/|\/\*|\*|#|--|;|%|<!--|"""|''')/;
const generatedMarks = [
  // Go's own convention, see `go help generate`; other generators follow it.
  /\bcode generated\b.*\bdo not (?:edit|modify)\b/i,
  /\bgenerated (?:by|from|with|using)\b.*\bdo not (?:edit|modify)\b/i,
  /\b(?:auto|automatically)[ -]?generated\b.*\bdo not (?:edit|modify)\b/i,
  /\bdo not (?:edit|modify)\b.*\b(?:auto|automatically)[ -]?generated\b/i,
  /\bthis (?:file|code) (?:is|was) (?:auto|automatically)[ -]?generated\b/i,
  /<auto-?generated\b/i,
  /(?:^|\s)@generated\b/,
];
const packedEndings = /\.(?:[cm]?js|css)$/i;

export function isGeneratedName(name: string): boolean {
  const lower = name.toLowerCase();
  return generatedEndings.some((ending) => lower.endsWith(ending));
}

export function isGeneratedText(path: string, lines: readonly string[]): boolean {
  const header = lines.slice(0, headerLinesMax).filter((line) => commentLine.test(line));
  if (header.some((line) => generatedMarks.some((mark) => mark.test(line)))) return true;
  if (!packedEndings.test(path)) return false;
  return lines.reduce((sum, line) => sum + line.length, 0) > packedLineCharsMin * lines.length;
}
