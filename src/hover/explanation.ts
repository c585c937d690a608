/** An explanation as it is kept and shown. Pure. */

import { createHash } from 'node:crypto';
import type { AnswerResult, AnswerSentence, Citation } from '../../protocol/messages';
import type { AnswerSoFar } from '../documents/answerSoFar';
import { PageBuilder, type AddressOf, type Page } from '../documents/page';
import { progressText } from '../documents/progressText';
import { byNumber, writeSentences, writeSources } from '../documents/sentences';
import { escapeMarkdownBlock } from '../markdown';
import type { Translate } from '../view/translate';
import { citedWitnesses, type Witness } from './basis';

export interface Explained {
  sentences: AnswerSentence[];
  /** Without the text of the blocks, which is not shown. */
  citations: Citation[];
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
  path: string;
  line: number;
  lineText: string;
  word: string;
}): string {
  const { modelPackage, path, line, lineText, word } = parts;
  return createHash('sha256')
    .update(JSON.stringify([modelPackage, path, line, lineText, word]))
    .digest('base64');
}

/** @param witnesses of what was explained; what is cited is added to them */
export function explainedOf(
  { sentences, citations, answer }: AnswerResult,
  witnesses: readonly Witness[],
): Explained {
  return {
    sentences: sentences.length > 0 ? sentences : [{ text: answer, citations: [] }],
    citations: citations.map((citation) => ({ ...citation, text: '' })),
    basis: [...witnesses, ...citedWitnesses(citations)],
  };
}

/** The page beside the code while the answer comes. */
export function draftPage(
  subject: Subject,
  soFar: AnswerSoFar,
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
  return page.build();
}

export function explanationPage(
  subject: Subject,
  { sentences, citations }: Omit<Explained, 'basis'>,
  notes: readonly string[],
  addressOf: AddressOf,
  t: Translate,
): Page {
  const page = begin(subject, addressOf);
  const hasUnsupported = writeSentences(page, sentences, byNumber(citations));
  for (const note of notes) page.paragraph().text('*').line(note).text('*');
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
  { sentences, citations }: Omit<Explained, 'basis'>,
  placeLink: (citation: Citation) => string,
): string {
  const byNumbers = byNumber(citations);
  return sentences
    .map(({ text, citations: numbers }) => {
      const links = numbers
        .flatMap((n) => byNumbers.get(n) ?? [])
        .map((citation) => `[\\[${citation.n}\\]](${placeLink(citation)})`);
      return [escapeMarkdownBlock(text.trim()), ...links].join(' ');
    })
    .join(' ');
}
