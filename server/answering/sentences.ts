/**
 * Cuts streamed Markdown into sentences while it arrives. A sentence ends at `.`, `!` or `?` before white space,
 * or where a line ends a paragraph, a heading or a list item; a line that merely wraps goes on. A fenced code
 * block is one sentence. Abbreviations and dots inside code spans do not end one.
 */
export class SentenceSplitter {
  private pending = '';

  /** @returns the sentences that this piece of text completes, with the white space that follows them */
  push(text: string): string[] {
    this.pending += text;
    return this.take(undecided);
  }

  /** @returns what is left when the text has ended */
  finish(): string[] {
    const complete = this.take(ended);
    const rest = this.pending;
    this.pending = '';
    return rest.trim() === '' ? complete : [...complete, rest];
  }

  private take(whatFollows: typeof undecided | typeof ended): string[] {
    const complete: string[] = [];
    for (
      let end = sentenceEnd(this.pending, whatFollows);
      end > 0;
      end = sentenceEnd(this.pending, whatFollows)
    ) {
      complete.push(this.pending.slice(0, end));
      this.pending = this.pending.slice(end);
    }
    return complete;
  }
}

/** Whether more text may come; a line end can often not be judged before the next line has begun. */
const undecided = Symbol('undecided');
const ended = Symbol('ended');

const fence = /^\s*```/;
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|no|fig)\.$/i;
/** Numbering of a list item is not a sentence. */
const listNumber = /^\s*\d+\.$/;

/** A line that begins so is not the continuation of the one before. */
const lineStart = /^[ \t]*(?:\n|[-*+>|#]|\d+\.|```)/;
/** As many characters of the next line as `lineStart` needs to see. */
const lineStartChars = 6;
/** A line that is a heading or a table row, or announces what comes, ends with itself. */
const wholeLine = /^\s*[#|]|:\s*$/;

/** Length of the first complete sentence of `text`, with the white space after it; 0 while there is none. */
function sentenceEnd(text: string, whatFollows: typeof undecided | typeof ended): number {
  if (fence.test(text)) return fenceEnd(text);
  let insideCode = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '`') insideCode = !insideCode;
    if (character === '\n' && text.slice(0, i).trim() !== '') {
      insideCode = false;
      const next = text.slice(i + 1);
      if (wholeLine.test(text.slice(text.lastIndexOf('\n', i - 1) + 1, i)) || lineStart.test(next)) {
        return afterSpace(text, i);
      }
      if (next.length < lineStartChars && whatFollows === undecided) return 0;
    }
    if (insideCode || !'.!?'.includes(character)) continue;
    const next = text[i + 1];
    if (next !== undefined && /\s/.test(next) && endsSentence(text.slice(0, i + 1)))
      return afterSpace(text, i + 1);
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
