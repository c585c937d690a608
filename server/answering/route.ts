import type { Arm, BlockHit, Coverage } from '../../protocol/messages';
import { failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { fuseByRank, topBlocks } from '../landmark/fusion';
import type { ModelHost } from '../model/modelHost';
import type { Emit } from './engine';

/** A question as it is used: never empty, never longer than is read. */
export interface Question {
  text: string;
  /** Set where the question was cut. */
  note?: string;
}

/** Longer questions are mostly pasted logs; what follows would push the routed blocks out of the context. */
const maxQuestionChars = 4_000;

/** Windows that are encoded for a question before the index is complete, and how long that may take. */
const maxWindowsPerQuestion = 20;
const encodeBudgetMs = 20_000;
/** Blocks of the lexical arm that name the windows worth encoding. */
const lexicalCandidates = 96;

export function cleanQuestion(raw: string): Question {
  // Control characters but tab and line feed have no meaning to a reader.
  // eslint-disable-next-line no-control-regex
  const text = raw.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ').trim();
  if (text === '') throw failure.questionEmpty();
  if (text.length <= maxQuestionChars) return { text };
  return {
    text: text.slice(0, maxQuestionChars),
    note: `The question had ${text.length} characters; the first ${maxQuestionChars} were read.`,
  };
}

export interface Route {
  arm: Arm;
  /** [blocks] the scores that rank; NaN or 0 where there is no evidence. */
  scores: Float32Array;
  landmarkScores: Float32Array | undefined;
  lexicalScores: Float32Array;
  coverage: Coverage;
}

/** Scores every block for a question by one arm or both. */
export async function route(
  index: WorkspaceIndex,
  host: ModelHost,
  question: string,
  arm: Arm,
): Promise<Route> {
  const lexicalScores = index.lexical.scores(question);
  const landmarkScores =
    arm === 'lexical' ? undefined : index.keys.scores(await landmarkQuery(host, question));
  const scores =
    arm === 'lexical'
      ? lexicalScores
      : arm === 'landmark'
        ? landmarkScores!
        : fuseByRank([landmarkScores!, lexicalScores]);
  const coverage = {
    blocks: index.blockCount,
    landmarkBlocks: arm === 'lexical' ? 0 : index.keys.count,
    lexicalBlocks: arm === 'landmark' ? 0 : index.blockCount,
  };
  return { arm, scores, landmarkScores, lexicalScores, coverage };
}

/** The landmark query of a question or of a sentence of an answer, [R]. */
export async function landmarkQuery(host: ModelHost, text: string): Promise<Float32Array> {
  const { tokenizer } = await host.text();
  const { chat, layout } = host.model.manifest;
  const head = tokenizer.encodeMarkup(chat.questionHead);
  const tail = tokenizer.encodeMarkup(chat.questionTail);
  const words = tokenizer.encodeText(text).slice(0, layout.questionTokens - head.length - tail.length);
  const encoder = await host.encoder();
  return encoder.encodeQuery([...head, ...words, ...tail], chat.questionMargins);
}

export function hitOf(
  index: WorkspaceIndex,
  { scores, landmarkScores, lexicalScores }: Route,
  blockIndex: number,
): BlockHit {
  const { file, startLine, endLine } = index.place(blockIndex);
  const landmarkScore = landmarkScores?.[blockIndex] ?? NaN;
  return {
    path: file.path,
    startLine,
    endLine,
    score: scores[blockIndex]!,
    landmarkScore: Number.isNaN(landmarkScore) ? null : landmarkScore,
    lexicalScore: lexicalScores[blockIndex]!,
  };
}

/**
 * The windows to encode first for a question: those the lexical arm ranks best, then the heads of files that
 * usually introduce a repository. The set depends on question and workspace only, so asking again finds all
 * of it encoded.
 */
export function windowsFor(index: WorkspaceIndex, question: string): number[] {
  const chosen = new Set<number>();
  for (const blockIndex of topBlocks(index.lexical.scores(question), lexicalCandidates)) {
    chosen.add(index.place(blockIndex).windowIndex);
  }
  index.windows.forEach(({ path, startLine }, windowIndex) => {
    if (startLine === 1 && /^(readme|contributing|architecture)\b/i.test(path.split('/').at(-1)!))
      chosen.add(windowIndex);
  });
  index.windows.forEach((_, windowIndex) => {
    if (chosen.size < maxWindowsPerQuestion) chosen.add(windowIndex);
  });
  return [...chosen].slice(0, maxWindowsPerQuestion);
}

/** Makes landmark keys for the windows a question is likely to need, or for all of them where asked to wait. */
export async function prepareKeys(
  index: WorkspaceIndex,
  host: ModelHost,
  question: string,
  wait: boolean,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const first = windowsFor(index, question);
  const windows = wait ? [...new Set([...first, ...index.windows.keys()])] : first;
  const message = wait ? 'encoding landmark keys' : 'encoding landmark keys of the likeliest windows';
  await index.encodeKeys(
    windows,
    await host.encoder(),
    await host.text(),
    wait ? Infinity : encodeBudgetMs,
    (done, total) => {
      emit({ type: 'progress', phase: 'index', done, total, message });
    },
    signal,
  );
}
