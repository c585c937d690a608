/** Reading, generating and citing: what ask, explain and summarize share. */

import type { AnswerSentence, Citation, Turn } from '../../protocol/messages';
import { note, noteTexts } from '../../protocol/notes';
import type { BlockPlace } from '../indexing/workspaceIndex';
import type { Contrast, ContrastWeights } from '../model/contrast';
import type { KvCache } from '../model/kvCache';
import type { Sampling } from '../model/sampling';
import { blockText } from '../text/windows';
import { Citer } from './citer';
import { readBlocks, type Context, type Reading } from './context';
import { DraftSource } from './draft';
import { generate, type Generated, type GenerateOptions } from './generate';
import type { Run } from './run';
import { namesOf } from './grounded';
import { beginAnswer } from './refusal';
import { rulesOf, type Keeps } from './keeps';
import { namesSentence } from './namesSentence';
import { NewSentences } from './newSentences';
import { rememberedTurns, rememberTurn, threadTokens } from './thread';

/** What is read, and what is asked of it. */
export interface Speech extends Reading {
  instruction: string;
  maxTokens: number;
  /** Earlier turns, oldest first. */
  thread?: readonly Turn[];
  /** The question as it was typed, where a later one may follow it: what is said is then remembered. */
  asked?: string;
  /** Default: everything. */
  keeps?: Keeps;
  /** How the answer is drawn; without it nothing is left to chance. */
  sampling?: Sampling;
  /** What the answer would be without the blocks counts against it. */
  contrast?: ContrastWeights;
  /**
   * Asked once, when everything is read and nothing is said: whether an answer is refused, by how likely a refusal begins (log
   * odds). Only of packages whose reader was trained to refuse.
   */
  refuses?: (verdict: number) => boolean;
}

/** What is asked, whatever is read. */
type Unplaced = Omit<Speech, keyof Reading>;

export interface Spoken {
  answer: string;
  sentences: AnswerSentence[];
  citations: Citation[];
  /** The blocks that really stood in the context. */
  read: BlockPlace[];
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
  notes: string[];
  /** The reader found no answer in the blocks, and nothing was said. */
  isRefused?: boolean;
}

/** Room for the words of a question or an instruction; what is longer is cut at its end. */
export const instructionTokensMax = 1_504;

/** Of one block's text in the draft's source: more only where a block is part of a very long line. */
const quotableChars = 2_000;

/** What an answer is generated from. */
export interface Prepared {
  context: Context;
  /** The tokens that follow the context. */
  prompt: number[];
  /** How many of them, the last ones, are this turn's own. */
  turnTokens: number;
  /** The prompt of one who has neither read the blocks nor heard the earlier turns. */
  bare: number[];
  /** How many tokens of the prompt, the last ones, open the answer. */
  openingTokens: number;
  /** What the answer may quote. */
  quotable: number[][];
  options: GenerateOptions;
}

/** What follows the blocks, in order, and how the answer after it is generated. Nothing is read for it. */
interface Prompt {
  /** Ends the context. */
  tail: number[];
  /** The earlier turns as text. */
  thread: number[];
  /** The question, up to where the answer begins. */
  turn: number[];
  /** How many tokens of the turn, the last ones, open the answer. */
  openingTokens: number;
  instruction: number[];
  options: GenerateOptions;
}

async function promptParts({ host }: Pick<Run, 'host'>, speech: Unplaced): Promise<Prompt> {
  const { tokenizer } = await host.text();
  const { chat } = host.model.manifest;
  const instruction = tokenizer.encodeText(speech.instruction).slice(0, instructionTokensMax);
  const turn = [
    ...tokenizer.encodeMarkup(chat.questionHead),
    ...instruction,
    ...tokenizer.encodeMarkup(chat.questionTail + chat.answerHead),
  ];
  const { maxTokens, sampling } = speech;
  const stopTokens = new Set(chat.stopTokens.flatMap((token) => tokenizer.tokenId(token) ?? []));
  return {
    tail: tokenizer.encodeMarkup(chat.contextTail),
    thread: threadTokens(speech.thread ?? [], tokenizer, chat),
    ...{ turn, instruction },
    openingTokens: tokenizer.encodeMarkup(chat.answerHead).length,
    options: { maxTokens, stopTokens, ...(sampling && { sampling }) },
  };
}

/** The tokens that follow the context, and how the answer after them is generated. */
export async function promptOf(
  run: Pick<Run, 'host'>,
  speech: Unplaced,
): Promise<Pick<Prepared, 'prompt' | 'options'>> {
  const { tail, thread, turn, options } = await promptParts(run, speech);
  return { prompt: [...tail, ...thread, ...turn], options };
}

/**
 * Puts the blocks into a context, and the earlier turns as they were read and said; where one of them is not remembered,
 * all are part of the prompt. Nothing of the prompt is read yet.
 */
export async function prepare(run: Run, speech: Speech): Promise<Prepared> {
  const { host, signal } = run;
  const { tokenizer } = await host.text();
  const { tail, thread, turn, openingTokens, instruction, options } = await promptParts(run, speech);
  const turns = rememberedTurns(speech.thread ?? [], run.roots.key, host.turns);
  const between = turns ? turns.reduce((sum, { tokens }) => sum + tokens, 0) : thread.length;
  // An answer that is remembered is followed by the markup that ends its turn.
  const closing = tokenizer.encodeMarkup(host.model.manifest.chat.questionTail).length;
  const room = { prompt: tail.length + between + turn.length, answer: speech.maxTokens + closing };
  const context = await readBlocks(run, speech, room);
  const quotable = [...quotableTexts(context.read).map((text) => tokenizer.encodeText(text)), instruction];
  const prepared = {
    ...{ context, quotable, options },
    turnTokens: turn.length,
    bare: [...tail, ...turn],
    openingTokens,
  };
  if (!turns) return { ...prepared, prompt: [...tail, ...thread, ...turn] };
  try {
    await (await host.reader()).choiceAfter(tail, context.cache, signal);
    for (const kv of turns) context.cache.append(kv, 0, kv.tokens);
  } catch (error) {
    context.cache.dispose();
    throw error;
  }
  context.cachedTokens += between;
  return { ...prepared, prompt: turn };
}

/** Paths and text of the blocks that were read, in their order. */
function quotableTexts(places: readonly BlockPlace[]): string[] {
  const paths = new Set(places.map(({ file }) => file.path));
  const texts = places.map((place) => `${blockText(place.file, place).slice(0, quotableChars)}\n`);
  return [...paths, ...texts];
}

/** Reads blocks, answers an instruction from them, and cites them sentence by sentence while it streams. */
export async function speak(run: Run, speech: Speech): Promise<Spoken> {
  const prepared = await prepare(run, speech);
  const unread = new Unread(run, prepared);
  try {
    return await answer(run, prepared, speech, unread);
  } finally {
    unread.dispose();
    prepared.context.cache.dispose();
  }
}

/** What would be said without the blocks, made where it is asked for. */
class Unread {
  private cache: KvCache | undefined;

  constructor(
    private readonly run: Run,
    private readonly prepared: Prepared,
  ) {}

  async contrast(weights: ContrastWeights): Promise<Contrast> {
    const { host, signal } = this.run;
    const { bare, options } = this.prepared;
    const room = { prompt: bare.length, answer: options.maxTokens };
    const { cache } = await readBlocks(this.run, { places: [] }, room);
    this.cache = cache;
    await (await host.reader()).choiceAfter(bare, cache, signal);
    return { without: cache, ...weights };
  }

  dispose(): void {
    this.cache?.dispose();
  }
}

async function answer(run: Run, prepared: Prepared, speech: Speech, unread: Unread): Promise<Spoken> {
  const { context, prompt, quotable, options } = prepared;
  const { host, signal, emit } = run;
  const { maxTokens } = options;
  const { contrast } = speech;
  const promptTokens = context.cache.length + prompt.length;
  const message = `${promptTokens} tokens read`;
  emit({ type: 'progress', phase: 'generate', done: 0, total: maxTokens, message });
  const reader = await host.reader();
  const { contextTokens } = reader;
  emit({ type: 'context', promptTokens, cachedTokens: context.cachedTokens, contextTokens });
  const { tokenizer } = await host.text();
  const first = await beginAnswer(run, prepared, speech.refuses);
  if (first === undefined) return nothingSaid(context, promptTokens);
  const citer = new Citer(run, context.read);
  const names = (): Set<string> => namesOf(speech.instruction, context.read);
  const sentences = new NewSentences(rulesOf(speech.keeps ?? {}, names));
  // What may be left out is streamed when it is known to stay.
  const isJudged = speech.keeps !== undefined;
  const say = async (sentence: string): Promise<void> => {
    if (isJudged) emit({ type: 'token', text: sentence });
    await citer.add(sentence);
  };
  const generated = await generate(
    reader,
    tokenizer,
    context.cache,
    first,
    {
      ...options,
      ...(contrast && { contrast: () => unread.contrast(contrast) }),
      source: new DraftSource(quotable, maxTokens),
      isEnough: () => sentences.isEnough,
    },
    async (text) => {
      if (!sentences.hasBegun) run.clock.firstTokenMs = run.clock.now();
      if (!isJudged) emit({ type: 'token', text });
      for (const sentence of sentences.push(text)) await say(sentence);
    },
    signal,
  );
  for (const sentence of sentences.finish(generated.end === 'length')) await say(sentence);
  let text = sentences.text.trimEnd();
  if (text === '' && speech.keeps?.onlyNamesRead) {
    text = namesSentence(context.read.map((place) => blockText(place.file, place)).join('\n'));
    await say(text);
  }
  const isRepeating = generated.end === 'loop' || sentences.hasRepeated;
  const { asked } = speech;
  // What is remembered is what was said: keys and values of all of it.
  const isWhole = !isRepeating && speech.keeps === undefined;
  if (asked !== undefined && isWhole) {
    const turnStart = promptTokens - prepared.turnTokens;
    const turnEnd = promptTokens + generated.tokens.length;
    await rememberTurn(run, { question: asked, answer: text }, context.cache, turnStart, turnEnd);
  }
  return {
    answer: text,
    sentences: citer.sentences,
    citations: citer.citations,
    read: context.read,
    promptTokens,
    cachedTokens: context.cachedTokens,
    generatedTokens: generated.tokens.length,
    notes: endNotes(generated, { isRepeating, endsWhole: speech.keeps?.endsWhole === true }),
  };
}

function nothingSaid({ read, cachedTokens }: Context, promptTokens: number): Spoken {
  const said = { answer: '', sentences: [], citations: [], generatedTokens: 0, notes: [] };
  return { ...said, read, promptTokens, cachedTokens, isRefused: true };
}

function endNotes(
  { end, tokens }: Generated,
  { isRepeating, endsWhole }: { isRepeating: boolean; endsWhole: boolean },
): string[] {
  if (isRepeating) return [noteTexts.repeating];
  // What ends with a whole sentence does not look cut.
  return end === 'length' && !endsWhole ? [note(noteTexts.cutAtLimit, tokens.length)] : [];
}
