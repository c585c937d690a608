/** Reading, generating and citing: what ask, explain and summarize share. */

import type { AnswerResult, AnswerSentence, BlockHit, Citation } from '../../protocol/messages';
import type { BlockPlace, WorkspaceIndex } from '../indexing/workspaceIndex';
import { chooseCitations, type CitableBlock } from '../landmark/cite';
import type { ModelHost } from '../model/modelHost';
import { blockText, textSha256 } from '../text/windows';
import type { WindowStore } from '../store/windowStore';
import { readBlocks } from './context';
import type { Emit } from './engine';
import { generate, type Generated } from './generate';
import { hitOf, landmarkQuery, type Route } from './route';
import { SentenceSplitter } from './sentences';

/** What a pipeline works with, for one request. */
export interface Run {
  index: WorkspaceIndex;
  host: ModelHost;
  store: WindowStore;
  emit: Emit;
  signal: AbortSignal;
  clock: RunClock;
}

/** Times of one request, in milliseconds since it arrived. */
export class RunClock {
  private readonly start = performance.now();
  indexMs = 0;
  routeMs = 0;
  firstTokenMs = 0;

  now(): number {
    return performance.now() - this.start;
  }
}

export interface Spoken {
  answer: string;
  sentences: AnswerSentence[];
  citations: Citation[];
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
  notes: string[];
}

export const defaultMaxTokens = 320;
/** Room that is kept for the words of a question or an instruction. */
const promptRoomTokens = 1_536;

/** Reads blocks, answers an instruction from them, and cites them sentence by sentence while it streams. */
export async function speak(
  run: Run,
  places: readonly BlockPlace[],
  instruction: string,
  maxTokens: number,
): Promise<Spoken> {
  const { host, signal, emit } = run;
  const context = await readBlocks(
    run.index,
    host,
    run.store,
    places,
    promptRoomTokens + maxTokens,
    emit,
    signal,
  );
  const { tokenizer } = await host.text();
  const { chat } = host.model.manifest;
  const prompt = [
    ...tokenizer.encodeMarkup(chat.contextTail + chat.questionHead),
    ...tokenizer.encodeText(instruction).slice(0, promptRoomTokens - 32),
    ...tokenizer.encodeMarkup(chat.questionTail + chat.answerHead),
  ];
  const promptTokens = context.cache.length + prompt.length;
  emit({
    type: 'progress',
    phase: 'generate',
    done: 0,
    total: maxTokens,
    message: `${promptTokens} tokens read`,
  });
  const reader = await host.reader();
  const logits = await reader.prefill(prompt, context.cache, signal);
  const citer = new Citer(run, places);
  const splitter = new SentenceSplitter();
  let answer = '';
  const stopTokens = new Set(chat.stopTokens.flatMap((token) => tokenizer.tokenId(token) ?? []));
  const generated = await generate(
    reader,
    tokenizer,
    context.cache,
    logits,
    { maxTokens, stopTokens },
    async (text) => {
      if (answer === '') run.clock.firstTokenMs = run.clock.now();
      answer += text;
      emit({ type: 'token', text });
      for (const sentence of splitter.push(text)) await citer.add(sentence);
    },
    signal,
  );
  for (const sentence of splitter.finish()) await citer.add(sentence);
  return {
    answer: answer.trimEnd(),
    sentences: citer.sentences,
    citations: citer.citations,
    promptTokens,
    cachedTokens: context.cachedTokens,
    generatedTokens: generated.tokens,
    notes: endNotes(generated),
  };
}

function endNotes({ end, tokens }: Generated): string[] {
  if (end === 'length') return [`The answer was cut at its limit of ${tokens} tokens.`];
  return end === 'loop' ? ['The answer was cut because it began to repeat itself.'] : [];
}

/** Cites each sentence as it is completed; a block keeps the number of its first citation. */
class Citer {
  readonly sentences: AnswerSentence[] = [];
  readonly citations: Citation[] = [];
  private readonly numbers = new Map<number, Citation>();
  private readonly texts: string[];

  constructor(
    private readonly run: Run,
    private readonly places: readonly BlockPlace[],
  ) {
    this.texts = places.map((place) => blockText(place.file, place));
  }

  async add(sentence: string): Promise<void> {
    if (!/[\p{L}\p{N}]/u.test(sentence)) return;
    const chosen = chooseCitations(
      sentence,
      await this.scored(sentence),
      this.run.host.model.manifest.thresholds.cite,
    );
    const citations = chosen.map(({ blockIndex, score }) => this.numbered(blockIndex, score));
    const spoken: AnswerSentence = {
      text: sentence.trim(),
      citations: citations.map(({ n }) => n).sort((a, b) => a - b),
    };
    this.sentences.push(spoken);
    this.run.emit({ type: 'sentence', index: this.sentences.length - 1, sentence: spoken, citations });
  }

  private async scored(sentence: string): Promise<CitableBlock[]> {
    const query = await landmarkQuery(this.run.host, sentence);
    return this.places.map(({ blockIndex }, i) => ({
      text: this.texts[i]!,
      landmarkScore: this.run.index.keys.score(blockIndex, query),
    }));
  }

  private numbered(at: number, score: number): Citation {
    const known = this.numbers.get(at);
    if (known) return known;
    const { file, startLine, endLine } = this.places[at]!;
    const text = this.texts[at]!;
    const sha256 = textSha256(text);
    const citation = {
      n: this.citations.length + 1,
      path: file.path,
      startLine,
      endLine,
      score,
      sha256,
      text,
    };
    this.numbers.set(at, citation);
    this.citations.push(citation);
    return citation;
  }
}

/** Landmark keys of every block that is read, so that each can be cited. */
export async function requireKeys(run: Run, places: readonly BlockPlace[]): Promise<void> {
  const windows = [...new Set(places.map(({ windowIndex }) => windowIndex))];
  await run.index.encodeKeys(
    windows,
    await run.host.encoder(),
    await run.host.text(),
    Infinity,
    () => undefined,
    run.signal,
  );
}

/** Makes sure that what is read can be cited, and tells the client which blocks were routed to. */
export async function announceRead(
  run: Run,
  routed: Route,
  places: readonly BlockPlace[],
): Promise<BlockHit[]> {
  const read = places.map(({ blockIndex }) => hitOf(run.index, routed, blockIndex));
  await requireKeys(run, places);
  run.clock.routeMs = run.clock.now() - run.clock.indexMs;
  run.emit({ type: 'routed', blocks: read, coverage: routed.coverage });
  return read;
}

export function resultOf(
  run: Run,
  spoken: Spoken,
  rest: Pick<AnswerResult, 'read' | 'nearest' | 'coverage' | 'notes'>,
): AnswerResult {
  const { clock } = run;
  return {
    answer: spoken.answer,
    sentences: spoken.sentences,
    citations: spoken.citations,
    abstained: false,
    read: rest.read,
    nearest: rest.nearest,
    coverage: rest.coverage,
    timings: {
      indexMs: clock.indexMs,
      routeMs: clock.routeMs,
      firstTokenMs: clock.firstTokenMs,
      totalMs: clock.now(),
      promptTokens: spoken.promptTokens,
      cachedTokens: spoken.cachedTokens,
      generatedTokens: spoken.generatedTokens,
    },
    notes: [
      ...rest.notes,
      ...spoken.notes,
      ...(run.host.providerNote === undefined ? [] : [run.host.providerNote]),
    ],
  };
}

/** A block that was chosen without a question, such as the symbol that is explained. */
export function unscoredHit({ file, startLine, endLine }: BlockPlace): BlockHit {
  return { path: file.path, startLine, endLine, score: 0, landmarkScore: null, lexicalScore: 0 };
}
