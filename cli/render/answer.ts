import type { AnswerResult, AnswerSentence } from '../../protocol/messages';
import type { Colors } from '../terminal';
import { advance, eraseBack, type Cursor } from './liveText';
import { neutralize } from './text';

/** Marks a sentence that rests on nothing that was read; the footer explains it. */
export const unsupportedMark = '[?]';

export interface AnswerStyle {
  colors: Colors;
  /** Whether a sentence may be drawn over once it is known what it rests on. */
  live: boolean;
  columns(): number;
  rows(): number;
}

/**
 * Prints an answer while it is generated; every method returns what to write. On a live terminal a sentence
 * grows dimmed, token by token, and is drawn again once its citations are known: an unsupported one stays
 * dimmed. Elsewhere a sentence is written when it is complete, so that its marks stand in place.
 */
export class AnswerPrinter {
  /** Text that belongs to no finished sentence yet. */
  private pending = '';
  private sentenceCount = 0;
  private start: Cursor = { row: 0, column: 0 };
  private end: Cursor = { row: 0, column: 0 };

  constructor(private readonly style: AnswerStyle) {}

  /** Whether anything has been printed. */
  get isEmpty(): boolean {
    return this.sentenceCount === 0 && this.pending === '';
  }

  token(text: string): string {
    const safe = neutralize(text);
    const before = this.pending;
    this.pending += safe;
    if (!this.style.live) return '';
    // White space before a sentence looks the same in any style, so it is never drawn over.
    const lead = leadOf(this.pending);
    const newLead = lead.slice(leadOf(before).length);
    if (before.trim() === '' && newLead !== '') this.move(newLead);
    return this.grow(before.trim() === '' ? this.pending.slice(lead.length) : safe, newLead);
  }

  sentence(sentence: AnswerSentence): string {
    const { pending, style } = this;
    const text = neutralize(sentence.text).trim();
    const lead = leadOf(pending);
    const at = pending.indexOf(text);
    // Tokens of the next sentence may have come before this one was judged.
    const rest = at >= 0 ? pending.slice(at + text.length) : '';
    const before = at >= 0 ? pending.slice(lead.length, Math.max(at, lead.length)) : '';
    this.pending = '';
    this.sentenceCount += 1;
    const final = this.decorate(`${before}${text}`, sentence.citations);
    if (!style.live) {
      this.pending = rest;
      return `${this.separator(lead)}${final.styled}`;
    }
    const erase = eraseBack(this.start, this.end, style.columns(), style.rows());
    if (erase === undefined) {
      // The sentence's start has scrolled away: only the marks can still be added.
      this.move(final.marks);
      return `${final.styledMarks}${this.token(rest)}`;
    }
    this.end = this.start;
    const separator = pending === '' ? this.separator('') : '';
    this.move(`${separator}${final.plain}`);
    return `${erase}${separator}${final.styled}${this.token(rest)}`;
  }

  /** Prints what was not streamed and ends the line. */
  finish(result: AnswerResult): string {
    const isMarked = !result.abstained && result.sentences.length > 0;
    let written = '';
    if (isMarked) written = this.remainingSentences(result);
    else if (this.isEmpty) written = this.token(result.answer);
    written += this.plain();
    return this.isEmpty ? '' : `${written}\n`;
  }

  private remainingSentences({ answer, sentences }: AnswerResult): string {
    const streamedCount = this.sentenceCount;
    let written = '';
    let from = 0;
    sentences.forEach((sentence, index) => {
      const text = sentence.text.trim();
      const at = answer.indexOf(text, from);
      // The answer knows the white space between its sentences.
      const piece = at < 0 ? text : answer.slice(from, at + text.length);
      from = at < 0 ? from : at + text.length;
      if (index < streamedCount) return;
      if (this.pending === '') written += this.token(piece);
      else if (this.pending.trim() === '') written += this.token(piece.trimStart());
      written += this.sentence(sentence);
    });
    return written;
  }

  /** Writes what is pending without saying what it rests on. */
  private plain(): string {
    const text = this.pending.trimEnd();
    if (text === '') return '';
    const erase = this.style.live && eraseBack(this.start, this.end, this.style.columns(), this.style.rows());
    this.pending = '';
    this.sentenceCount += 1;
    if (erase === undefined) return '';
    this.end = this.start;
    // On a live terminal the white space before it stands already.
    const drawn = erase === false ? text : text.slice(leadOf(text).length);
    this.move(drawn);
    return `${erase === false ? '' : erase}${drawn}`;
  }

  private grow(drawn: string, newLead: string): string {
    if (drawn !== '') this.end = advance(this.end, drawn, this.style.columns());
    return `${newLead}${drawn === '' ? '' : this.style.colors.dim(drawn)}`;
  }

  /** What was written is final: the next sentence starts behind it. */
  private move(text: string): void {
    this.end = advance(this.end, text, this.style.columns());
    this.start = this.end;
  }

  /** Sentences that were not streamed carry no white space of their own. */
  private separator(lead: string): string {
    return lead === '' && this.sentenceCount > 1 ? ' ' : lead;
  }

  private decorate(text: string, citations: readonly number[]) {
    const { colors } = this.style;
    const isSupported = citations.length > 0;
    const marks = ` ${isSupported ? citations.map((n) => `[${n}]`).join('') : unsupportedMark}`;
    const styledMarks = isSupported ? colors.cyan(marks) : colors.yellow(marks);
    const styledText = isSupported ? text : colors.dim(text);
    return { plain: `${text}${marks}`, marks, styledMarks, styled: `${styledText}${styledMarks}` };
  }
}

function leadOf(text: string): string {
  return /^\s*/.exec(text)?.[0] ?? '';
}
