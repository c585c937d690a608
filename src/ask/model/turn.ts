/** How one turn changes while its answer arrives. */

import type {
  AnswerResult,
  AnswerSentence,
  BlockHit,
  Citation,
  StreamEvent,
  Timings,
} from '../../../protocol/messages';
import { limits } from './limits';
import type { AskedTurn, CitationState, Failure, SourceCheck, ThreadTurn, Work } from './state';
import { bounded, visible } from './text';

const noWork: Work = {
  phase: null,
  done: 0,
  total: 0,
  coverage: null,
  promptTokens: null,
  cachedTokens: 0,
  generatedTokens: 0,
  firstTokenAtMs: null,
  tokensPerSecond: null,
  totalMs: null,
};

export function newTurn({ id, question, scope }: AskedTurn): ThreadTurn {
  return {
    id,
    question: bounded(visible(question), limits.questionChars),
    scope,
    status: 'working',
    text: '',
    sentences: [],
    citations: [],
    read: [],
    nearest: [],
    abstained: false,
    notes: [],
    work: noWork,
    failure: null,
    changes: [],
    whyNot: [],
  };
}

export function streamed(turn: ThreadTurn, event: Exclude<StreamEvent, { type: 'token' }>): ThreadTurn {
  const { work } = turn;
  switch (event.type) {
    case 'progress':
      return {
        ...turn,
        work: { ...work, phase: event.phase, done: event.done, total: event.total },
      };
    case 'routed':
      return {
        ...turn,
        read: boundedHits(event.blocks),
        work: { ...work, coverage: event.coverage },
      };
    case 'context':
      return {
        ...turn,
        work: {
          ...work,
          promptTokens: event.promptTokens,
          cachedTokens: event.cachedTokens,
          contextTokens: event.contextTokens,
        },
      };
    case 'sentence':
      return withSentence(turn, event);
    case 'section':
      return turn;
  }
}

function withSentence(turn: ThreadTurn, event: Extract<StreamEvent, { type: 'sentence' }>): ThreadTurn {
  // An index from elsewhere must not make a hole.
  if (event.index > turn.sentences.length || event.index >= limits.sentences) return turn;
  const sentences = [...turn.sentences];
  sentences[event.index] = cleanSentence(event.sentence);
  const known = new Set(turn.citations.map(({ n }) => n));
  const fresh = event.citations.filter(({ n }) => !known.has(n)).map(cleanCitation);
  return { ...turn, sentences, citations: [...turn.citations, ...fresh].slice(0, limits.citations) };
}

export function spoken(turn: ThreadTurn, text: string, tokens: number, atMs: number): ThreadTurn {
  const { work } = turn;
  const firstTokenAtMs = work.firstTokenAtMs ?? atMs;
  const generatedTokens = work.generatedTokens + tokens;
  const seconds = (atMs - firstTokenAtMs) / 1_000;
  return {
    ...turn,
    text: bounded(turn.text + visible(text), limits.answerChars),
    work: {
      ...work,
      phase: 'generate',
      firstTokenAtMs,
      generatedTokens,
      // A speed of the first moments would jump about.
      tokensPerSecond: seconds >= 0.5 ? generatedTokens / seconds : work.tokensPerSecond,
    },
  };
}

/** The result is final; it replaces what was streamed. */
export function answered(turn: ThreadTurn, result: AnswerResult): ThreadTurn {
  return {
    ...turn,
    status: 'answered',
    text: bounded(visible(result.answer), limits.answerChars),
    sentences: result.sentences.slice(0, limits.sentences).map(cleanSentence),
    citations: result.citations.slice(0, limits.citations).map(cleanCitation),
    read: boundedHits(result.read),
    nearest: boundedHits(result.nearest),
    abstained: result.abstained,
    notes: result.notes.slice(0, limits.notes).map((note) => bounded(visible(note), limits.noteChars)),
    work: finalWork(turn.work, result),
  };
}

export function failed(turn: ThreadTurn, failure: Failure, nearest: readonly BlockHit[] = []): ThreadTurn {
  return { ...turn, status: 'failed', failure, nearest: boundedHits(nearest) };
}

/** Places to look at in place of an answer: of one there is, they are only how it was found. */
export function namesNearest({ abstained, failure, nearest }: ThreadTurn): boolean {
  return (abstained || failure?.kind === 'modelMissing') && nearest.length > 0;
}

export function sourcesChecked(turn: ThreadTurn, check: SourceCheck | null): ThreadTurn {
  const unchecked = { ...turn };
  delete unchecked.check;
  return check ? { ...unchecked, check: boundedCheck(check) } : unchecked;
}

function boundedCheck(check: SourceCheck): SourceCheck {
  if (check.state === 'done') {
    const strengths = check.strengths.slice(0, limits.strengths);
    return { ...check, strengths };
  }
  if (check.state === 'failed')
    return { ...check, message: bounded(visible(check.message), limits.noteChars) };
  return check;
}

export function checked(turn: ThreadTurn, n: number, state: CitationState): ThreadTurn {
  const others = turn.changes.filter((change) => change.n !== n);
  return { ...turn, changes: state === 'same' ? others : [...others, { n, state }] };
}

function finalWork(work: Work, { coverage, timings }: AnswerResult): Work {
  return {
    ...work,
    phase: null,
    coverage,
    promptTokens: timings.promptTokens,
    cachedTokens: timings.cachedTokens,
    generatedTokens: timings.generatedTokens,
    tokensPerSecond: speedOf(timings) ?? work.tokensPerSecond,
    totalMs: timings.totalMs,
  };
}

function speedOf({ generatedTokens, totalMs, firstTokenMs }: Timings): number | null {
  const ms = totalMs - firstTokenMs;
  return generatedTokens > 1 && ms > 0 ? (generatedTokens / ms) * 1_000 : null;
}

function cleanSentence({ text, citations }: AnswerSentence): AnswerSentence {
  return {
    text: bounded(visible(text), limits.answerChars),
    citations: citations.filter(Number.isSafeInteger).slice(0, limits.citations),
  };
}

/** The text stays as it was read: it is compared with the file later, and made visible where it is shown. */
function cleanCitation(citation: Citation): Citation {
  return { ...citation, text: citation.text.slice(0, limits.citationChars) };
}

function boundedHits(hits: readonly BlockHit[]): BlockHit[] {
  return hits.slice(0, limits.hits);
}
