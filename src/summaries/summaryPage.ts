/** A summary as a page: the whole first, then its parts, each with a link to its lines. Pure. */

import type { StreamEvent, SummaryResult, SummarySection } from '../../protocol/messages';
import { AnswerSoFar } from '../documents/answerSoFar';
import { PageBuilder, type AddressOf, type Page } from '../documents/page';
import { progressText } from '../documents/progressText';
import { byNumber, writeSentences } from '../documents/sentences';
import { wholeNumber } from '../view/format';
import type { Translate } from '../view/translate';

export interface SummaryView {
  title: string;
  addressOf: AddressOf;
  t: Translate;
  language: string;
}

/** What has arrived of a summary. */
export class SummarySoFar {
  readonly sections: SummarySection[] = [];
  readonly answer = new AnswerSoFar();
  total = 0;

  /** True where what is shown has changed. */
  add(event: StreamEvent): boolean {
    if (event.type !== 'section') return this.answer.add(event);
    this.sections[event.index] = event.section;
    this.total = event.total;
    // What was spoken belongs to the section, which is now here as a whole.
    this.answer.tail = '';
    return true;
  }

  /** Sections that are here, though one before them may still be missing. */
  get arrived(): SummarySection[] {
    return this.sections.filter((section) => (section as SummarySection | undefined) !== undefined);
  }
}

export function draftSummaryPage(soFar: SummarySoFar, view: SummaryView): Page {
  const { t, language } = view;
  const page = begin(view);
  const { arrived, total } = soFar;
  const { step, tail } = soFar.answer;
  if (total > 0) {
    const [done, of] = [wholeNumber(arrived.length, language), wholeNumber(total, language)];
    page.text(`*${t('{0} of {1} sections told', done, of)}…*`);
  } else {
    page.text(`*${step ? progressText(step, t, language) : t('Starting')}…*`);
  }
  page.paragraph().block(tail.trim());
  for (const [at, section] of arrived.entries()) {
    // Its citations are numbered on their own until the whole is here, so that none is shown yet.
    writeHeading(page, section, at, t);
    writePlain(page, section);
  }
  return page.build();
}

export function summaryPage(result: SummaryResult, view: SummaryView): Page {
  const { t, language } = view;
  const page = begin(view);
  const citations = byNumber(result.citations);
  const whole = result.sentences.length > 0 ? result.sentences : [{ text: result.answer, citations: [] }];
  let hasUnsupported = writeSentences(page, whole, citations);
  page.paragraph().text(`*${coverageText(result, t, language)}*`);
  for (const note of result.notes) page.paragraph().text('*').line(note).text('*');
  for (const [at, section] of result.sections.entries()) {
    // A heading over nothing looks like something that is missing.
    if (saysTheWhole(section, result)) continue;
    writeHeading(page, section, at, t);
    hasUnsupported = writeSentences(page, section.sentences, citations) || hasUnsupported;
  }
  if (hasUnsupported) {
    page.paragraph().text(`*(?) ${t('Nothing that was read supports this sentence.')}*`);
  }
  return page.build();
}

/** What was told before it was stopped or failed, with the reason. */
export function endedSummaryPage(soFar: SummarySoFar, reason: string, view: SummaryView): Page {
  const page = begin(view).text('*').line(reason).text('*');
  for (const [at, section] of soFar.arrived.entries()) {
    writeHeading(page, section, at, view.t);
    writePlain(page, section);
  }
  return page.build();
}

/** The proof that nothing was left out: "412 of 412 blocks read". */
function coverageText({ blocksRead, blocksTotal }: SummaryResult, t: Translate, language: string): string {
  return t('{0} of {1} blocks read', wholeNumber(blocksRead, language), wholeNumber(blocksTotal, language));
}

function begin({ title, addressOf }: SummaryView): PageBuilder {
  return new PageBuilder(addressOf).heading(1, title).line(title).paragraph();
}

/** What is told in one go is its own whole; saying it twice would help nobody. */
function saysTheWhole({ sentences }: SummarySection, { sections, sentences: whole }: SummaryResult): boolean {
  const textOf = (said: SummarySection['sentences']): string => said.map(({ text }) => text).join();
  return sections.length === 1 && textOf(sentences) === textOf(whole);
}

function writeHeading(page: PageBuilder, section: SummarySection, at: number, t: Translate): void {
  const { title, path, startLine, endLine } = section;
  const isOneLine = startLine === endLine;
  const lines = isOneLine ? `${startLine}` : `${startLine}-${endLine}`;
  const untitled = isOneLine ? t('Line {0}', startLine) : t('Lines {0}-{1}', startLine, endLine);
  page.heading(2, title === '' ? untitled : title);
  if (title === '') page.text(untitled);
  else page.line(title).text(` · ${lines}`);
  page
    .text(' ')
    .link(`s${at + 1}`, { path, startLine, endLine })
    .paragraph();
}

/** Without numbers, which are a section's own until the whole is here. */
function writePlain(page: PageBuilder, { sentences }: SummarySection): void {
  for (const [at, { text }] of sentences.entries()) page.text(at > 0 ? '\n' : '').block(text.trim());
}
