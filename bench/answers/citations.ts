/** Whether what is cited exists, looked up in the folder itself. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Citation } from '../../protocol/messages';
import { textSha256 } from '../../server/text/windows';
import type { Lines } from './judge';

/** What is wrong with a citation, or undefined. */
export function citationProblem(root: string, citation: Citation): string | undefined {
  const { path, startLine, endLine, text, sha256 } = citation;
  const found = textOf(root, citation);
  const name = `${path}:${startLine}-${endLine}`;
  if (found === undefined) return `${name} does not exist`;
  if (found !== text) return `${name} has another text`;
  return textSha256(found) === sha256 ? undefined : `${name} has another hash`;
}

/** The text of these lines; undefined where there is no such file or there are no such lines. */
export function textOf(root: string, { path, startLine, endLine }: Lines): string | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(root, path), 'utf8').split(/\r?\n/);
  } catch {
    return undefined;
  }
  const exists = startLine >= 1 && startLine <= endLine && endLine <= lines.length;
  return exists ? lines.slice(startLine - 1, endLine).join('\n') : undefined;
}
