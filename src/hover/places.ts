/** Where a symbol is defined and used, as lists of links. Pure. */

import type { Place } from '../../protocol/messages';
import { placeName, type PageBuilder } from '../documents/page';
import { escapeMarkdownLine } from '../markdown';
import type { Translate } from '../view/translate';

/** Of each kind that is kept and listed; the rest is counted, since the editor's own search for references lists all. */
export const listedMax = 10;
/** More of them than this push the explanation out of a hover. */
const hoverMax = 3;

export interface PlaceList {
  /** At most `listedMax`. */
  places: Place[];
  /** How many there are. */
  count: number;
}

export interface PlaceLists {
  definitions: PlaceList;
  uses: PlaceList;
}

export const noPlaces: PlaceLists = { definitions: placeList([]), uses: placeList([]) };

export function placeList(places: readonly Place[]): PlaceList {
  return { places: places.slice(0, listedMax), count: places.length };
}

export function writePlaces(page: PageBuilder, { definitions, uses }: PlaceLists, t: Translate): void {
  writeList(page, definitions, { title: t('Defined in'), mark: 'd' }, t);
  writeList(page, uses, { title: t('Used in'), mark: 'u' }, t);
}

/** @param mark what the labels of its links begin with, so that none is a citation's */
function writeList(
  page: PageBuilder,
  { places, count }: PlaceList,
  { title, mark }: { title: string; mark: string },
  t: Translate,
): void {
  if (places.length === 0) return;
  page.heading(2, title).text(title).paragraph();
  for (const [at, place] of places.entries()) {
    page
      .text(at > 0 ? '\n- ' : '- ')
      .link(`${mark}${at + 1}`, place)
      .text(' ')
      .line(placeName(place));
  }
  if (count > places.length) page.text(`\n- ${t('and {0} more', count - places.length)}`);
}

/** One line for each kind, where there are few. */
export function hoverPlaces(
  { definitions, uses }: PlaceLists,
  placeLink: (place: Place) => string,
  t: Translate,
): string {
  const line = (title: string, { places, count }: PlaceList): string[] => {
    if (count === 0 || count > hoverMax) return [];
    const links = places.map((place) => `[${escapeMarkdownLine(placeName(place))}](${placeLink(place)})`);
    return [`${title}: ${links.join(', ')}`];
  };
  return [...line(t('Defined in'), definitions), ...line(t('Used in'), uses)].join('\n\n');
}
