import { SentenceSplitter } from './sentences';

/** A shorter sentence, such as "Yes.", may well be said twice. */
const repeatedCharsMin = 12;

/** What of a text is kept beside that nothing is said twice. */
export interface SentenceRules {
  /** Whatever follows so many sentences is not part of the text. */
  sentencesMax?: number;
  /** A sentence of which this is false is left out. */
  isAllowed?: (sentence: string) => boolean;
  /** A last sentence that was cut is left out, unless it is all there is. */
  endsWhole?: boolean;
}

/**
 * The sentences of an answer until one of them comes a second time: a small base that has said everything begins
 * again. What it repeats, and whatever follows, is not part of the answer, nor is what the rules leave out.
 */
export class NewSentences {
  private readonly splitter = new SentenceSplitter();
  private readonly said = new Set<string>();
  private whole = '';
  private spoken = '';
  private kept = 0;
  private repeated = false;
  private hasLeftOut = false;

  constructor(private readonly rules: SentenceRules = {}) {}

  /** True from the first repetition on. */
  get hasRepeated(): boolean {
    return this.repeated;
  }

  /** Nothing that follows is part of the answer. */
  get isEnough(): boolean {
    return this.repeated || this.kept >= (this.rules.sentencesMax ?? Infinity);
  }

  /** Something has been said, whether it is kept or not. */
  get hasBegun(): boolean {
    return this.spoken !== '';
  }

  /** What has been said; without what was repeated or left out. */
  get text(): string {
    return this.isEnough || this.hasLeftOut ? this.whole : this.spoken;
  }

  /** @returns the new sentences that this piece of text completes */
  push(text: string): string[] {
    this.spoken += text;
    return this.keep(this.splitter.push(text));
  }

  /**
   * @param isCut there would have been more
   * @returns what is left when the text has ended
   */
  finish(isCut = false): string[] {
    const rest = this.splitter.finish();
    const isWhole = !isCut || !this.rules.endsWhole || endsSentence(rest.at(-1) ?? '');
    if (isWhole || this.kept + rest.length <= 1) return this.keep(rest);
    this.hasLeftOut = true;
    return this.keep(rest.slice(0, -1));
  }

  private keep(sentences: readonly string[]): string[] {
    const fresh: string[] = [];
    for (const sentence of sentences) {
      const said = sentence.trim().toLowerCase();
      this.repeated ||= said.length >= repeatedCharsMin && this.said.has(said);
      if (this.isEnough) break;
      this.said.add(said);
      if (this.rules.isAllowed?.(sentence) === false) {
        this.hasLeftOut = true;
        continue;
      }
      this.kept++;
      this.whole += sentence;
      fresh.push(sentence);
    }
    return fresh;
  }
}

/** As prose, a list or code ends; nothing at all ends as well. */
function endsSentence(text: string): boolean {
  return /(?:^|[.!?:;][`"'*)\]]*|```)\s*$/.test(text);
}
