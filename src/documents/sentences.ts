import type { AnswerSentence, Citation } from '../../protocol/messages';
import type { Translate } from '../view/translate';
import { placeName, type PageBuilder } from './page';

/** Marks a sentence that nothing of what was read supports. */
const unsupportedMark = '(?)';

export type Citations = ReadonlyMap<number, Citation>;

/** Writes sentences, each with the numbers of what it rests on; true where one of them rests on nothing. */
export function writeSentences(
  page: PageBuilder,
  sentences: readonly AnswerSentence[],
  citations: Citations,
): boolean {
  let hasUnsupported = false;
  for (const [at, { text, citations: numbers }] of sentences.entries()) {
    if (at > 0) page.text(startsBlock(text) ? '\n\n' : '\n');
    page.block(text.trim());
    const cited = numbers.flatMap((n) => citations.get(n) ?? []);
    if (cited.length === 0) {
      hasUnsupported = true;
      page.text(` ${unsupportedMark}`);
      continue;
    }
    for (const citation of cited) page.text(' ').link(`${citation.n}`, citation);
  }
  return hasUnsupported;
}

/** What the numbers stand for, and what the mark says. */
export function writeSources(
  page: PageBuilder,
  citations: readonly Citation[],
  hasUnsupported: boolean,
  t: Translate,
): void {
  if (citations.length > 0) page.heading(2, t('Sources')).text(t('Sources'));
  for (const citation of citations) {
    page.text('\n').text('- ').link(`${citation.n}`, citation).text(' ').line(placeName(citation));
  }
  if (hasUnsupported) {
    page.paragraph().text(`${unsupportedMark} ${t('Nothing that was read supports this sentence.')}`);
  }
}

/** A list item or a fence begins a block of its own. */
function startsBlock(text: string): boolean {
  return /^\s*([-*+]\s|\d+[.)]\s|```|~~~)/.test(text);
}

export function byNumber(citations: readonly Citation[]): Citations {
  return new Map(citations.map((citation) => [citation.n, citation]));
}
