/** Functions and methods of a file by their spelling and indentation: enough to count how many are cut in two. */

/** 0-based; the last line is not part of it. */
export interface Definition {
  startLine: number;
  endLine: number;
}

const modifiers =
  '(?:(?:export|default|pub(?:\\([a-z]+\\))?|public|private|protected|static|async|readonly|get|set)\\s+)*';
const named = new RegExp(`^\\s*${modifiers}(?:def|function\\*?|func|fn)\\b`);
const method = new RegExp(`^\\s+${modifiers}\\*?[A-Za-z_#]\\w*\\s*(?:<[^>]*>)?\\(.*\\{\\s*$`);
const statement = /^\s*(?:if|for|while|switch|catch|return|else|with)\b/;

export function definitionsOf(lines: readonly string[]): Definition[] {
  const definitions: Definition[] = [];
  lines.forEach((line, startLine) => {
    if (!named.test(line) && (!method.test(line) || statement.test(line))) return;
    let endLine = startLine + 1;
    const isInside = (text: string): boolean => text.trim() === '' || indentOf(text) > indentOf(line);
    while (endLine < lines.length && isInside(lines[endLine]!)) endLine++;
    if (/^\s*[)}]/.test(lines[endLine] ?? '')) endLine++;
    while (lines[endLine - 1]!.trim() === '') endLine--;
    definitions.push({ startLine, endLine });
  });
  return definitions;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
