import type { AnswerSentence, Citation } from '../../../protocol/messages';
import type { Spoken } from '../speak';

/** Texts whose citations are numbered as one list. */
export interface Numbered {
  /** The sentences of each text, with the numbers of the list. */
  sentences: AnswerSentence[][];
  citations: Citation[];
}

/** Numbers the citations of several texts as one list, so that a block has one number wherever it is cited. */
export function numberTogether(texts: readonly Pick<Spoken, 'sentences' | 'citations'>[]): Numbered {
  const citations: Citation[] = [];
  const known = new Map<string, number>();
  const numberIn = (citation: Citation): number => {
    const key = `${citation.path}\0${citation.startLine}\0${citation.sha256}`;
    const n = known.get(key) ?? citations.length + 1;
    if (!known.has(key)) {
      known.set(key, n);
      citations.push({ ...citation, n });
    }
    return n;
  };
  const sentences = texts.map((text) => {
    const numbers = new Map(text.citations.map((citation) => [citation.n, numberIn(citation)]));
    return text.sentences.map((sentence) => ({
      text: sentence.text,
      citations: sentence.citations.map((n) => numbers.get(n)!).sort((a, b) => a - b),
    }));
  });
  return { sentences, citations };
}

/** Several texts as one after the other. */
export function joinSpoken(texts: readonly Spoken[]): Spoken {
  const { sentences, citations } = numberTogether(texts);
  const sum = (pick: (text: Spoken) => number): number =>
    texts.reduce((total, text) => total + pick(text), 0);
  return {
    answer: texts.map(({ answer }) => answer).join(' '),
    sentences: sentences.flat(),
    citations,
    read: texts.flatMap(({ read }) => read),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    generatedTokens: sum(({ generatedTokens }) => generatedTokens),
    notes: [...new Set(texts.flatMap(({ notes }) => notes))],
  };
}
