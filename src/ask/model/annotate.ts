/**
 * Writes into an answer's Markdown which sentence rests on what. The marks are characters of a private use area,
 * which `visible` keeps out of every text, so nothing that a model says can be taken for one.
 */

import type { AnswerSentence } from '../../../protocol/messages';

export const mark = {
  unsupportedStart: '\ue000',
  unsupportedEnd: '\ue001',
  citationStart: '\ue002',
  citationEnd: '\ue003',
  /** Stands for a whole block, such as code, that nothing supports. */
  unsupportedBlock: '\ue004',
} as const;

const blockPrefix = /^(?:[ \t]*(?:[-*+>]|\d+[.)]|#{1,6})[ \t]+|[ \t]*\|[ \t]*)*/;
/** A mark before a run of these would keep it from opening emphasis. */
const emphasisRun = /^[*_]*/;

export interface Answered {
  text: string;
  sentences: readonly AnswerSentence[];
  abstained: boolean;
}

/** The answer's Markdown with marks; sentences that do not stand in the text are put in its place. */
export function annotated({ text, sentences, abstained }: Answered): string {
  if (abstained) return text;
  const placed = place(text, sentences);
  return placed ?? sentences.map((sentence) => marked(sentence.text, sentence.citations)).join('\n\n');
}

/** Undefined where a sentence cannot be found after the one before it. */
function place(text: string, sentences: readonly AnswerSentence[]): string | undefined {
  let written = '';
  let cursor = 0;
  for (const sentence of sentences) {
    const at = text.indexOf(sentence.text, cursor);
    if (at < 0) return undefined;
    written += text.slice(cursor, at) + marked(sentence.text, sentence.citations);
    cursor = at + sentence.text.length;
  }
  return written + text.slice(cursor);
}

function marked(sentence: string, citations: readonly number[]): string {
  const numbers = citations.map((n) => `${mark.citationStart}${n}${mark.citationEnd}`).join('');
  if (/^\s*(```|~~~)/.test(sentence)) return `${sentence}\n\n${numbers || mark.unsupportedBlock}\n\n`;
  const { body, tail } = splitTail(sentence);
  // No line begins with a number that belongs to the one before.
  if (numbers !== '') return `${body}\u00a0${numbers}${tail}`;
  const start = blockPrefix.exec(body)![0].length;
  const run = emphasisRun.exec(body.slice(start))![0].length;
  const [before, after] = [body.slice(0, start + run), body.slice(start + run)];
  return `${before}${mark.unsupportedStart}${after} ${mark.unsupportedEnd}${tail}`;
}

/** A table row's last bar must stay last. */
function splitTail(sentence: string): { body: string; tail: string } {
  const bar = /^\s*\|/.test(sentence) ? /\s*\|\s*$/.exec(sentence) : null;
  if (!bar || bar.index === 0) return { body: sentence, tail: '' };
  return { body: sentence.slice(0, bar.index), tail: bar[0] };
}
