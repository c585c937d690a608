import { join } from 'node:path';
import type { Arm, BlockHit, Coverage, LayerShare } from '../../protocol/messages';
import { note, noteTexts } from '../../protocol/notes';
import { assertInvariant, failure } from '../errors';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { answerProbability, problemOfAnswerable } from '../landmark/answerable';
import type { ArmRanks } from '../landmark/blockProbability';
import { rankOf, topBlocks, unranked } from '../landmark/fusion';
import { LayerShares } from '../landmark/layerShares';
import type { ModelHost } from '../model/modelHost';
import type { Emit } from './engine';
import { fuse } from './fuse';
import type { Run } from './run';
import type { ScopedBlocks } from './scope';

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
/** Words that are named beside a block: what a reader takes in at a glance. */
const maxWordsNamed = 12;

export function cleanQuestion(raw: string): Question {
  const text = withoutControls(raw).trim();
  if (text === '') throw failure.questionEmpty();
  if (text.length <= maxQuestionChars) return { text };
  return {
    text: text.slice(0, maxQuestionChars),
    note: note(noteTexts.questionCut, text.length, maxQuestionChars),
  };
}

/** Control characters but tab and line feed have no meaning to a reader. */
export function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ');
}

/** What routing found of every block. */
export interface Scores {
  /** [blocks] the scores that rank; NaN or 0 where there is no evidence. */
  scores: Float32Array;
  landmarkScores?: Float32Array;
  lexicalScores: Float32Array;
  /** By block, where it is known. */
  probabilities?: ReadonlyMap<number, number>;
  /** What all candidates of fusion say together, where both arms were fused by weights. */
  evidence?: number | undefined;
  layers?: LayerShares;
  /** Where fusion made them already. */
  ranks?: ArmRanks;
  coverage: Coverage;
}

/** The scores of every block for one question. */
export class Route {
  readonly scores: Float32Array;
  readonly landmarkScores: Float32Array | undefined;
  readonly lexicalScores: Float32Array;
  readonly coverage: Coverage;
  readonly evidence: number | undefined;
  #landmarkRanks: Int32Array | undefined;
  #lexicalRanks: Int32Array | undefined;

  constructor(
    private readonly index: WorkspaceIndex,
    private readonly question: string,
    private readonly found: Scores,
  ) {
    this.scores = found.scores;
    this.landmarkScores = found.landmarkScores;
    this.lexicalScores = found.lexicalScores;
    this.coverage = found.coverage;
    this.evidence = found.evidence;
    this.#landmarkRanks = found.ranks?.landmark;
    this.#lexicalRanks = found.ranks?.lexical;
  }

  hit(blockIndex: number): BlockHit {
    const place = this.index.place(blockIndex);
    const { file, startLine, endLine } = place;
    const piece = this.index.pieceOf(place);
    const landmarkScore = this.landmarkScores?.[blockIndex] ?? NaN;
    this.#landmarkRanks ??= this.landmarkScores && rankOf(this.landmarkScores);
    this.#lexicalRanks ??= rankOf(this.lexicalScores);
    return {
      path: file.path,
      startLine,
      endLine,
      ...(piece > 0 && { piece }),
      score: this.scores[blockIndex]!,
      probability: this.found.probabilities?.get(blockIndex) ?? null,
      landmarkScore: Number.isNaN(landmarkScore) ? null : landmarkScore,
      landmarkLayers: this.whyOf(blockIndex),
      lexicalScore: this.lexicalScores[blockIndex]!,
      landmarkRank: told(this.#landmarkRanks, blockIndex),
      lexicalRank: told(this.#lexicalRanks, blockIndex),
      words: this.index.lexical.matches(this.question, blockIndex).slice(0, maxWordsNamed),
    };
  }

  /** Which layers and heads of the landmark chose a block; none where landmarks were not asked or say nothing for it. */
  whyOf(blockIndex: number): LayerShare[] {
    return this.found.layers?.of(blockIndex) ?? [];
  }
}

/** A rank as it is told: from 1, or null where there is none. */
function told(ranks: Int32Array | undefined, blockIndex: number): number | null {
  const rank = ranks?.[blockIndex] ?? unranked;
  return rank === unranked ? null : rank + 1;
}

/** Scores every block of the scope for a question by one arm or both. */
export async function route(
  index: WorkspaceIndex,
  host: ModelHost,
  question: string,
  arm: Arm,
  scope: ScopedBlocks,
): Promise<Route> {
  const query = arm === 'lexical' ? undefined : await landmarkQuery(host, question);
  const lexicalScores = lexicalScoresInside(index, question, scope);
  const landmarkScores = query && index.keys.scores(query, scope.mask);
  const coverage = {
    blocks: scope.blockCount,
    landmarkBlocks: landmarkScores ? index.keys.countInside(scope.mask) : 0,
    lexicalBlocks: arm === 'landmark' ? 0 : scope.blockCount,
  };
  if (!query || !landmarkScores)
    return new Route(index, question, { scores: lexicalScores, lexicalScores, coverage });
  const { routing, shape } = host.model.manifest;
  const layout = { layers: routing.layers, kvHeads: shape.kvHeads };
  const layers = new LayerShares(index.keys, query, layout);
  const ranking =
    arm === 'landmark'
      ? { scores: landmarkScores }
      : fuse(index, host.model, { question, landmarkScores, lexicalScores });
  return new Route(index, question, { ...ranking, landmarkScores, lexicalScores, layers, coverage });
}

/** [blocks] BM25; 0 outside of the scope. */
function lexicalScoresInside(index: WorkspaceIndex, question: string, { mask }: ScopedBlocks): Float32Array {
  const scores = index.lexical.scores(question);
  mask?.forEach((inside, blockIndex) => {
    if (!inside) scores[blockIndex] = 0;
  });
  return scores;
}

/**
 * How likely it is that the scope holds an answer, 0 to 1, by both arms, whichever of them ranks.
 *
 * @param routed with landmark scores
 */
export function answerProbabilityOf(
  { index, host }: Pick<Run, 'index' | 'host'>,
  { landmarkScores, lexicalScores, evidence }: Route,
  question: string,
): number {
  assertInvariant(landmarkScores !== undefined, 'landmarks were asked');
  const { answerable } = host.model.manifest.thresholds;
  const problem = problemOfAnswerable(answerable);
  if (problem !== undefined) throw failure.modelCorrupt(join(host.model.folder, 'manifest.json'), problem);
  // A block without a key scores NaN, which is larger than nothing.
  const bestLandmarkScore = landmarkScores.reduce((most, score) => (score > most ? score : most), -1);
  const told = evidence ?? fuse(index, host.model, { question, landmarkScores, lexicalScores }).evidence;
  return answerProbability(answerable, { bestLandmarkScore, evidence: told });
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

/**
 * The windows to encode first for a question: those the lexical arm ranks best, then the heads of files that
 * usually introduce a repository. The set depends on question, scope and workspace only, so asking again finds
 * all of it encoded.
 */
function windowsFor(
  index: WorkspaceIndex,
  question: string,
  scope: ScopedBlocks,
  inScope: readonly number[],
): number[] {
  const lexicalScores = lexicalScoresInside(index, question, scope);
  const likeliest = topBlocks(lexicalScores, lexicalCandidates).map((at) => index.place(at).windowIndex);
  const introductions = inScope.filter((windowIndex) => {
    const { path, startLine } = index.windows[windowIndex]!;
    return startLine === 1 && isIntroduction(path);
  });
  return [...new Set([...likeliest, ...introductions, ...inScope])].slice(0, maxWindowsPerQuestion);
}

/** Files that tell what a repository is about. */
export function isIntroduction(path: string): boolean {
  return /^(readme|contributing|architecture)\b/i.test(path.split('/').at(-1)!);
}

/** What has to be encoded before a question is routed. */
export interface KeysFor {
  question: string;
  scope: ScopedBlocks;
  /** `all`: everything in the scope, however long that takes. */
  windows: 'likeliest' | 'all';
}

/**
 * Makes landmark keys for the windows a question is likely to need, or for all of them where asked to wait.
 *
 * @returns whether all of these windows have keys now
 */
export async function prepareKeys(
  index: WorkspaceIndex,
  host: ModelHost,
  { question, scope, windows }: KeysFor,
  emit: Emit,
  signal: AbortSignal,
): Promise<boolean> {
  // Nearly always, and then a large workspace has nothing to look for.
  if (index.keys.count === index.blockCount) return true;
  const { mask } = scope;
  const inScope = [...index.windows.keys()].filter(
    (windowIndex) => !mask || index.blocksOfWindow(windowIndex).some((blockIndex) => mask[blockIndex] === 1),
  );
  const first = windowsFor(index, question, scope, inScope);
  const all = windows === 'all';
  const message = all ? 'encoding landmark keys' : 'encoding landmark keys of the likeliest windows';
  const wanted = all ? [...new Set([...first, ...inScope])] : first;
  await index.encodeKeys(
    wanted,
    await host.encoder(),
    await host.text(),
    {
      budgetMs: all ? Infinity : encodeBudgetMs,
      onProgress: (done, total) => {
        emit({ type: 'progress', phase: 'index', done, total, message });
      },
    },
    signal,
  );
  return wanted.every((windowIndex) => index.hasKeys(windowIndex));
}
