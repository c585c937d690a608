/** Earlier turns of a thread: what they add to routing, and how they stand in the prompt. */

import type { Turn } from '../../protocol/messages';
import { contentWords } from '../landmark/lexical';
import type { KvCache, RawKv } from '../model/kvCache';
import type { Manifest } from '../model/manifest';
import type { SaidTurn, TurnMemory } from '../model/turnMemory';
import type { Tokenizer } from '../text/tokenizer';
import { withoutControls } from './route';
import type { Run } from './run';

/** What the protocol promises; more would say little about the question and take room from the blocks. */
export const turnsUsed = 8;
/** A question of so few words cannot say alone what it is about ("And the tests?"). */
const shortQuestionWords = 3;
/** Room of the earlier turns in the prompt: about four answers, an eighth of the default base's context. */
export const threadRoomTokens = 1_024;
/** Of one turn; text beyond this would be cut by the room anyway, and need not be tokenized. */
const maxTurnChars = 8_000;

const things =
  'function|method|class|type|file|module|variable|value|test|error|line|case|code|part|one|answer';
/** Words that stand for something said before. `that` mostly opens a clause, so it counts in fewer places. */
const references = [
  /\b(it|its|they|them|their|those|these)\b/i,
  /\bthis\b(?! (repo|repository|project|workspace|folder|codebase|package|library|extension)\b)/i,
  new RegExp(
    `\\bthat (${things})\\b|\\b(is|does|do|did|was|of|for|about|with|like|to|from|in|than) that\\b`,
    'i',
  ),
  /\bthat\s*[?.!]*$/i,
  /\b(the same|above|previous|former|latter|earlier)\b/i,
  // The same in German, where `das` and `die` mostly stand before a noun, and `es gibt` is about nothing before.
  /\b(ihn|ihm|dessen|deren|davon|dafür|dazu|damit|dabei|darin|darauf|daran|daraus|obige[nrs]?|vorige[nrs]?)\b/i,
  /(?<!\bgibt )\bes\b(?! gibt)/i,
  /\bdies(e[mnrs]?)?\b(?! (Repository|Projekt|Ordner|Paket|Erweiterung)\b)/i,
  /\b([Ww]ird|[Ww]erden|[Ii]st|[Mm]acht|[Hh]eißt|[Gg]eht|[Ww]urde) (das|sie)\b(?! \p{Lu})|\bdas\s*[?.!]*$/u,
];
/** Letters of which the words that are searched are not made. */
const otherScript = /[^\p{Script=Latin}\P{L}]/u;
/** Also where words are not parted by spaces. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * Whether a question needs what was asked before to be understood: it is short, or a word refers back. Which words do is
 * known of English and German.
 */
export function refersBack(question: string): boolean {
  const spoken = [...segmenter.segment(question)].filter(({ isWordLike }) => isWordLike);
  if (spoken.length <= shortQuestionWords) return true;
  if (contentWords(question).size === 0 && !otherScript.test(question)) return true;
  return references.some((reference) => reference.test(question));
}

/**
 * What is routed for a question: itself, and while it refers back the question before it. The newest stands first,
 * since a long text is cut at its end.
 */
export function routingText(question: string, thread: readonly Turn[]): string {
  const asked = [question];
  for (const turn of thread.slice(-turnsUsed).reverse()) {
    if (!refersBack(asked.at(-1)!)) break;
    const before = withoutControls(turn.question).trim();
    if (before === '') break;
    asked.push(before);
  }
  return asked.join('\n');
}

/** The earlier turns in the package's chat markup, within their room; the oldest are dropped first. */
export function threadTokens(
  thread: readonly Turn[],
  tokenizer: Tokenizer,
  chat: Manifest['chat'],
): number[] {
  const turns: number[][] = [];
  let room = threadRoomTokens;
  for (const turn of thread.slice(-turnsUsed).reverse()) {
    const tokens = turnTokens(turn, tokenizer, chat, turns.length === 0 ? room : Infinity);
    if (tokens.length > room) break;
    room -= tokens.length;
    turns.unshift(tokens);
  }
  return turns.flat();
}

/**
 * The earlier turns as they were read and said, within their room; the oldest are dropped first.
 *
 * @returns undefined where one of them is not remembered, or the newest is too long for the room
 */
export function rememberedTurns(
  thread: readonly Turn[],
  workspace: string,
  memory: Pick<TurnMemory, 'get' | 'use'>,
): RawKv[] | undefined {
  const found: { turn: SaidTurn; kv: RawKv }[] = [];
  let room = threadRoomTokens;
  for (const { question, answer } of thread.slice(-turnsUsed).reverse()) {
    const turn = { workspace, question, answer };
    const kv = memory.get(turn);
    if (!kv) return undefined;
    if (kv.tokens > room) break;
    room -= kv.tokens;
    found.unshift({ turn, kv });
  }
  // The oldest first: it is the first to be forgotten, and the first that the room leaves out.
  for (const { turn } of found) memory.use(turn);
  return found.length === 0 ? undefined : found.map(({ kv }) => kv);
}

/**
 * Keeps a turn that stands at tokens [start, end) of a context, for the question that may follow it. The context is not
 * used any more. What goes wrong here costs the next question a run, and this one nothing: its answer is there.
 */
export async function rememberTurn(
  { host, roots, signal }: Pick<Run, 'host' | 'roots' | 'signal'>,
  turn: Turn,
  cache: KvCache,
  start: number,
  end: number,
): Promise<void> {
  try {
    const reader = await host.reader();
    const { tokenizer } = await host.text();
    // A turn of either side ends on the same markup, which nothing has read yet; of an answer that was cut, neither its last token.
    const tail = tokenizer.encodeMarkup(host.model.manifest.chat.questionTail);
    cache.truncate(Math.min(end, cache.length));
    if (cache.length + tail.length > cache.capacity) return;
    await reader.choiceAfter(tail, cache, signal);
    const kv = await reader.rawKv(start, cache.length, cache, signal);
    host.turns.add({ workspace: roots.key, ...turn }, kv);
  } catch {
    return;
  }
}

/** One turn of each side; the end of a long answer is cut, so that the newest turn always fits. */
function turnTokens(
  { question, answer }: Turn,
  tokenizer: Tokenizer,
  chat: Manifest['chat'],
  room: number,
): number[] {
  const text = (words: string): number[] =>
    tokenizer.encodeText(withoutControls(words).trim().slice(0, maxTurnChars));
  const asked = text(question).slice(0, room / 4);
  const head = [...tokenizer.encodeMarkup(chat.questionHead), ...asked];
  const between = tokenizer.encodeMarkup(chat.questionTail + chat.answerHead);
  // A turn of either side ends on the same markup.
  const tail = tokenizer.encodeMarkup(chat.questionTail);
  const answerRoom = Math.max(0, room - head.length - between.length - tail.length);
  return [...head, ...between, ...text(answer).slice(0, answerRoom), ...tail];
}
