/** What a summary is worth, from the summary and the files it is about. Pure: no model judges. */

import type { SummaryResult } from '../../protocol/messages';
import type { TextFile } from '../../server/text/windows';
import { identifiersOf, namesIn, namesOutside } from '../../server/landmark/cite';
import { type Lines } from '../answers/judge';

export interface NamesSaid {
  /** Distinct identifiers of all that is said. */
  said: string[];
  /** Those in no block that was read and no path of the files. */
  notRead: string[];
  /** Of those, what stands nowhere in the files either. */
  invented: string[];
}

/** All sentences, of the whole and of the parts; a summary of one part says its sentences once. */
export function sentencesOf({
  sentences,
  sections,
}: Pick<SummaryResult, 'sentences' | 'sections'>): string[] {
  const ofParts = sections.flatMap((section) => section.sentences.map(({ text }) => text));
  const ofWhole = sentences.map(({ text }) => text);
  return ofWhole.join('\0') === ofParts.join('\0') ? ofParts : [...ofWhole, ...ofParts];
}

/**
 * @param files all that is summarized
 * @param read lines of the blocks that were read
 */
export function namesSaid(
  sentences: readonly string[],
  files: readonly TextFile[],
  read: readonly Lines[],
): NamesSaid {
  const text = sentences.join('\n');
  const paths = files.map(({ path }) => path).join('\n');
  const byPath = new Map(files.map((file) => [file.path, file]));
  const textRead = read.map(({ path, startLine, endLine }) =>
    (byPath.get(path)?.lines ?? []).slice(startLine - 1, endLine).join('\n'),
  );
  const notRead = namesOutside(text, namesIn([paths, ...textRead].join('\n')));
  const held = new Set(files.flatMap(({ lines }) => [...namesIn(lines.join('\n'))]));
  return { said: identifiersOf(text), notRead, invented: notRead.filter((name) => !held.has(name)) };
}

/** The lines of a file, empty ones left aside, that lie in no block that was read: what the product counts, counted anew. */
export function linesUnread({ path, lines }: TextFile, read: readonly Lines[]): number {
  const seen = new Set<number>();
  for (const block of read) {
    if (block.path !== path) continue;
    for (let line = block.startLine; line <= block.endLine; line++) seen.add(line);
  }
  return lines.filter((text, at) => text.trim() !== '' && !seen.has(at + 1)).length;
}
