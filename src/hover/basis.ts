/** What an explanation rests on: it holds while those lines read as they did. Pure but for the texts it is given. */

import { createHash } from 'node:crypto';
import type { Citation, Place } from '../../protocol/messages';

export interface Witness extends Place {
  /** SHA-256 of the lines, joined by line feeds: the same that a citation carries. */
  sha256: string;
}

/** Looks at a file's text, by its path in the protocol; undefined for what is gone. */
export type TextOf = (path: string) => Promise<string | undefined>;

/** What stands around a name and where it is defined; its uses seldom change what it is. */
const lookedUpMax = 8;
/** An explanation cites a few blocks; one that rests on more is not held against the files at every hover. */
export const witnessesMax = 40;

/**
 * @param places whose lines are hashed as they stand now, the most telling first; what cannot be read is no witness
 */
export async function witnessesOf(places: readonly Place[], textOf: TextOf): Promise<Witness[]> {
  const found = await withTexts(places.slice(0, lookedUpMax), textOf, (place, text) => {
    const { path, startLine, endLine } = place;
    return text === undefined ? [] : [{ path, startLine, endLine, sha256: linesHash(text, place) }];
  });
  return found.flat();
}

export function citedWitnesses(citations: readonly Citation[]): Witness[] {
  return citations.map(({ path, startLine, endLine, sha256 }) => ({ path, startLine, endLine, sha256 }));
}

/** True where every witness still reads as it did, in its place. */
export async function stillHolds(witnesses: readonly Witness[], textOf: TextOf): Promise<boolean> {
  const each = await withTexts(
    witnesses,
    textOf,
    (witness, text) => text !== undefined && linesHash(text, witness) === witness.sha256,
  );
  return each.every((holds) => holds);
}

/** Each file is read once, however many of the places lie in it. */
async function withTexts<Each extends Place, Result>(
  places: readonly Each[],
  textOf: TextOf,
  look: (place: Each, text: string | undefined) => Result,
): Promise<Result[]> {
  const texts = new Map<string, Promise<string | undefined>>();
  return Promise.all(
    places.map(async (place) => {
      const text = texts.get(place.path) ?? textOf(place.path);
      texts.set(place.path, text);
      return look(place, await text);
    }),
  );
}

function linesHash(text: string, { startLine, endLine }: Place): string {
  const lines = text.split(/\r\n|\n|\r/).slice(startLine - 1, endLine);
  return createHash('sha256').update(lines.join('\n'), 'utf8').digest('hex');
}
