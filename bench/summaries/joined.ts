/** One long file out of real ones, and which folder of a repository is looked over. The same in every run. */

import { extname } from 'node:path';
import type { Project } from '../edits/sources';

/** How a line is marked as a comment, by the language's ending. */
const commentMarks: Readonly<Record<string, string>> = { '.go': '//', '.py': '#', '.rs': '//', '.ts': '//' };

export const languages = Object.keys(commentMarks).map((ending) => ending.slice(1));

export interface JoinedFile {
  text: string;
  lineCount: number;
  fileCount: number;
  /** The repositories that files were taken from. */
  repositories: string[];
}

/**
 * Whole files, project after project, each under a comment that names it, until there are enough lines.
 *
 * @param language its ending, without a dot
 */
export function joinFiles(projects: readonly Project[], language: string, lineCountMin: number): JoinedFile {
  const mark = commentMarks[`.${language}`];
  if (mark === undefined) {
    throw new RangeError(`--language knows ${languages.join(', ')}, not "${language}"`);
  }
  const parts: string[] = [];
  const repositories = new Set<string>();
  let lineCount = 0;
  for (const { name, files } of projects) {
    for (const { path, text } of files) {
      if (lineCount >= lineCountMin) break;
      if (extname(path) !== `.${language}`) continue;
      const part = `${mark} File ${path} of ${name}\n\n${text.trimEnd().replaceAll('\r\n', '\n')}\n\n`;
      parts.push(part);
      lineCount += part.split('\n').length - 1;
      repositories.add(name);
    }
  }
  if (lineCount < lineCountMin) {
    throw new RangeError(`there are ${lineCount} lines of ${language}, not ${lineCountMin}`);
  }
  return { text: parts.join(''), lineCount, fileCount: parts.length, repositories: [...repositories] };
}

/**
 * The folder that holds most files itself, of several the first by name; not the whole.
 *
 * @param paths with forward slashes
 * @returns it ends on a slash; undefined where all files lie in the whole itself
 */
export function fullestFolder(paths: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const path of [...paths].sort()) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (folder !== '') counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].sort(([, left], [, right]) => right - left)[0]?.[0];
}
