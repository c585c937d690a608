import type { AnswerSentence, Citation, StreamEvent } from '../../protocol/messages';

/** Gathers a streamed answer, so that it can be shown before it is complete. Pure. */
export class AnswerSoFar {
  readonly sentences: AnswerSentence[] = [];
  readonly citations = new Map<number, Citation>();
  /** What was said after the last complete sentence. */
  tail = '';
  /** What the server is doing before it speaks. */
  step: Extract<StreamEvent, { type: 'progress' }> | undefined;

  /** True where what is shown has changed. */
  add(event: StreamEvent): boolean {
    switch (event.type) {
      case 'token':
        this.tail += event.text;
        return true;
      case 'sentence':
        this.sentences[event.index] = event.sentence;
        for (const citation of event.citations) this.citations.set(citation.n, citation);
        this.tail = afterSentence(this.tail, event.sentence.text);
        return true;
      case 'progress':
        this.step = event;
        return true;
      default:
        return false;
    }
  }
}

/** A sentence arrives after its tokens, and the first tokens of the next one may be there already. */
function afterSentence(tail: string, sentence: string): string {
  const wanted = sentence.trim();
  const at = tail.indexOf(wanted);
  return at < 0 ? '' : tail.slice(at + wanted.length);
}
