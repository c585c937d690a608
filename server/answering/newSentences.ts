import { SentenceSplitter } from './sentences';

/** A shorter sentence, such as "Yes.", may well be said twice. */
const repeatedCharsMin = 12;

/**
 * The sentences of an answer until one of them comes a second time: a small base that has said everything begins
 * again. What it repeats, and whatever follows, is not part of the answer.
 */
export class NewSentences {
  private readonly splitter = new SentenceSplitter();
  private readonly said = new Set<string>();
  private whole = '';
  private spoken = '';
  private repeated = false;

  /** True from the first repetition on. */
  get hasRepeated(): boolean {
    return this.repeated;
  }

  /** What has been said; without what was repeated. */
  get text(): string {
    return this.repeated ? this.whole : this.spoken;
  }

  /** @returns the new sentences that this piece of text completes */
  push(text: string): string[] {
    this.spoken += text;
    return this.untilRepeated(this.splitter.push(text));
  }

  /** @returns what is left when the text has ended */
  finish(): string[] {
    return this.untilRepeated(this.splitter.finish());
  }

  private untilRepeated(sentences: readonly string[]): string[] {
    const fresh: string[] = [];
    for (const sentence of sentences) {
      const said = sentence.trim().toLowerCase();
      this.repeated ||= said.length >= repeatedCharsMin && this.said.has(said);
      if (this.repeated) break;
      this.said.add(said);
      this.whole += sentence;
      fresh.push(sentence);
    }
    return fresh;
  }
}
