/** An explanation as it is kept and shown. Pure. */

import { createHash } from 'node:crypto';
import type { AnswerResult, AnswerSentence, Citation, Place } from '../../protocol/messages';
import type { AnswerSoFar } from '../documents/answerSoFar';
import { PageBuilder, type AddressOf, type Page } from '../documents/page';
import { progressText } from '../documents/progressText';
import { byNumber, writeSentences, writeSources } from '../documents/sentences';
import { escapeMarkdownBlock, withoutIcons } from '../markdown';
import type { Translate } from '../view/translate';
import { citedWitnesses, type Witness } from './basis';
import { hoverPlaces, writePlaces, type PlaceLists } from './places';

export interface Explained {
  sentences: AnswerSentence[];
  /** Without the text of the blocks, which is not shown. */
  citations: Citation[];
  /** Where the editor's language features find what is explained. */
  places: PlaceLists;
  /** The lines it rests on; it is shown again only while they read as they did. */
  basis: Witness[];
}

/** What is explained. */
export interface Subject {
  /** A symbol's name, or nothing for a selection. */
  title: string;
  path: string;
  startLine: number;
  endLine: number;
}

/** An explanation is of this word on this line, which reads so, in this file, by this model. */
export function explanationKey(parts: {
  modelPackage: string;
  readerPackage: string;
  path: string;
  line: number;
  lineText: string;
  word: string;
}): string {
  const { modelPackage, readerPackage, path, line, lineText, word } = parts;
  return createHash('sha256')
    .update(JSON.stringify([modelPackage, readerPackage, path, line, lineText, word]))
    .digest('base64');
}

/** What was found of a subject before the model is asked. */
export interface Known {
  places: PlaceLists;
  /** Lines that the explanation rests on, besides those it cites. */
  witnesses: readonly Witness[];
}

export function explainedOf(
  { sentences, citations, answer }: AnswerResult,
  { places, witnesses }: Known,
): Explained {
  return {
    sentences: sentences.length > 0 ? sentences : [{ text: answer, citations: [] }],
    citations: citations.map((citation) => ({ ...citation, text: '' })),
    places,
    basis: [...witnesses, ...citedWitnesses(citations)],
  };
}

/** The page beside the code while the answer comes. */
export function draftPage(
  subject: Subject,
  soFar: AnswerSoFar,
  places: PlaceLists,
  addressOf: AddressOf,
  t: Translate,
  language: string,
): Page {
  const page = begin(subject, addressOf);
  const sentences = soFar.sentences.filter(
    (sentence) => (sentence as AnswerSentence | undefined) !== undefined,
  );
  writeSentences(page, sentences, soFar.citations);
  const isSilent = sentences.length === 0 && soFar.tail === '';
  if (isSilent) page.text(`*${soFar.step ? progressText(soFar.step, t, language) : t('Starting')}…*`);
  else page.block(soFar.tail);
  writePlaces(page, places, t);
  return page.build();
}

export function explanationPage(
  subject: Subject,
  { sentences, citations, places }: Omit<Explained, 'basis'>,
  notes: readonly string[],
  addressOf: AddressOf,
  t: Translate,
): Page {
  const page = begin(subject, addressOf);
  const hasUnsupported = writeSentences(page, sentences, byNumber(citations));
  for (const note of notes) page.paragraph().text('*').line(note).text('*');
  writePlaces(page, places, t);
  writeSources(page, citations, hasUnsupported, t);
  return page.build();
}

function begin(subject: Subject, addressOf: AddressOf): PageBuilder {
  const { title, path, startLine, endLine } = subject;
  const lines = startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
  const place = `${path}:${lines}`;
  const heading = title === '' ? place : title;
  const page = new PageBuilder(addressOf).heading(1, heading).line(heading).paragraph();
  // The place itself is the link, under a label that no citation has.
  if (title !== '') page.line(place).text(' ');
  return page.link('»', { path, startLine, endLine }).paragraph();
}

/** In a hover links are commands; the text is short, so that the editor's own hover stays in view. */
export function hoverMarkdown(
  { sentences, citations, places }: Omit<Explained, 'basis'>,
  placeLink: (place: Place) => string,
  t: Translate,
): string {
  const byNumbers = byNumber(citations);
  const said = sentences.map(({ text, citations: numbers }) => {
    const links = numbers
      .flatMap((n) => byNumbers.get(n) ?? [])
      .map((citation) => `[\\[${citation.n}\\]](${placeLink(citation)})`);
    return [escapeMarkdownBlock(text.trim()), ...links].join(' ');
  });
  const found = hoverPlaces(places, placeLink, t);
  return withoutIcons([said.join(' '), ...(found === '' ? [] : [found])].join('\n\n'));
}
