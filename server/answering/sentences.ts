/**
 * Cuts streamed Markdown into sentences while it arrives. A sentence ends at `.`, `!`, `?` or `:` before white
 * space, or at a line end; a fenced code block is one sentence. Abbreviations and dots inside code spans do
 * not end one.
 */
export class SentenceSplitter {
  private pending = '';

  /** @returns the sentences that this piece of text completes, with the white space that follows them */
  push(text: string): string[] {
    this.pending += text;
    const complete: string[] = [];
    for (let end = sentenceEnd(this.pending); end > 0; end = sentenceEnd(this.pending)) {
      complete.push(this.pending.slice(0, end));
      this.pending = this.pending.slice(end);
    }
    return complete;
  }

  /** @returns what is left when the text has ended */
  finish(): string[] {
    const rest = this.pending;
    this.pending = '';
    return rest.trim() === '' ? [] : [rest];
  }
}

const fence = /^\s*```/;
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|no|fig)\.$/i;
/** Numbering of a list item is not a sentence. */
const listNumber = /^\s*\d+\.$/;

/** Length of the first complete sentence of `text`, with the white space after it; 0 while there is none. */
function sentenceEnd(text: string): number {
  if (fence.test(text)) return fenceEnd(text);
  let insideCode = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '`') insideCode = !insideCode;
    if (character === '\n') {
      if (text.slice(0, i).trim() !== '') return afterSpace(text, i);
      insideCode = false;
      continue;
    }
    if (insideCode || !'.!?:'.includes(character)) continue;
    const next = text[i + 1];
    if (next !== undefined && next !== '\n' && /\s/.test(next) && endsSentence(text.slice(0, i + 1))) {
      return afterSpace(text, i + 1);
    }
  }
  return 0;
}

function endsSentence(text: string): boolean {
  return !abbreviation.test(text) && !listNumber.test(text);
}

/** White space belongs to the sentence before it, but only once something follows, so that it arrives whole. */
function afterSpace(text: string, from: number): number {
  let end = from;
  while (end < text.length && /\s/.test(text[end]!)) end++;
  return end < text.length ? end : 0;
}

function fenceEnd(text: string): number {
  const open = text.indexOf('```');
  const close = text.indexOf('\n```', open + 3);
  if (close < 0) return 0;
  const lineEnd = text.indexOf('\n', close + 1);
  return lineEnd < 0 ? 0 : afterSpace(text, lineEnd);
}
