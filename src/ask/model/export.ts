/** Answers and threads as Markdown, to be pasted or saved elsewhere. */

import type { BlockHit, Citation } from '../../../protocol/messages';
import { annotated, mark } from './annotate';
import type { Thread, ThreadTurn } from './state';
import { visible } from './text';
import { namesNearest } from './turn';

export interface ExportWords {
  sources: string;
  nearest: string;
  unsupported: string;
  noAnswer: string;
}

const unsupportedSign = '(?)';

/** The answer as plain Markdown, without numbers. */
export function answerText(turn: ThreadTurn): string {
  return `${turn.text.trim()}\n`;
}

/** The answer with its numbers, and each number's place as `path#Lx-Ly`. */
export function answerWithCitations(turn: ThreadTurn, words: ExportWords): string {
  const body = annotated({ ...turn, text: turn.text.trim() })
    .replaceAll(
      new RegExp(`\u00a0?${mark.citationStart}(\\d+)${mark.citationEnd}`, 'g'),
      (whole, n: string) => `${whole.startsWith('\u00a0') ? ' ' : ''}[${n}]`,
    )
    .replaceAll(mark.unsupportedStart, '')
    .replaceAll(new RegExp(`${mark.unsupportedEnd}|${mark.unsupportedBlock}`, 'g'), unsupportedSign)
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  const parts = [body];
  if (turn.citations.length > 0) parts.push(`${words.sources}\n\n${turn.citations.map(source).join('\n')}`);
  if (namesNearest(turn)) {
    parts.push(`${words.nearest}\n\n${turn.nearest.map((hit) => `- ${placeLink(hit)}`).join('\n')}`);
  }
  if (body.includes(unsupportedSign)) parts.push(`${unsupportedSign} ${words.unsupported}`);
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A whole thread: each question as a heading, its answer below. */
export function threadMarkdown(thread: Thread, words: ExportWords): string {
  const turns = thread.turns.map((turn) => {
    const body = answerWithCitations(turn, words);
    const answer = turn.text.trim() === '' ? `*${words.noAnswer}*\n${body.trim() && `\n${body}`}` : body;
    return `## ${oneLine(turn.question)}\n\n${answer}`;
  });
  return [`# ${oneLine(thread.title)}\n`, ...turns].join('\n');
}

/** Number and place of a source; the number is escaped so that lists cannot renumber it. */
function source(citation: Citation): string {
  return `- \\[${citation.n}\\] ${placeLink(citation)}`;
}

/** `path#Lx-Ly` as a relative link, which code hosts and editors open at the lines. */
export function placeLink(place: Pick<BlockHit, 'path' | 'startLine' | 'endLine'>): string {
  const path = visible(place.path).replaceAll('\n', ' ');
  const target = `${path}#L${place.startLine}-L${place.endLine}`;
  const escaped = path.replace(/[\\`*_[\]<>]/g, '\\$&');
  const address = path.split('/').map(encodeURIComponent).join('/');
  return `[${escaped}${target.slice(path.length)}](./${address}#L${place.startLine}-L${place.endLine})`;
}

function oneLine(text: string): string {
  return visible(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\[\]<`]/g, '\\$&')
    .trim();
}

/** The texts of an export, out of a table of many. */
export function exportWords(table: ExportWords): ExportWords {
  const { sources, nearest, unsupported, noAnswer } = table;
  return { sources, nearest, unsupported, noAnswer };
}
