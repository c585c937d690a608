/** What every summary is made of: passages that are read and told one by one, then the whole. */

import type { SummaryResult, SummarySection } from '../../../protocol/messages';
import { throwIfCancelled } from '../../errors';
import type { BlockPlace } from '../../indexing/workspaceIndex';
import { resultOf, unscoredHit } from '../answer';
import type { Run } from '../run';
import type { Spoken } from '../speak';
import { joinSpoken, numberTogether } from './numbering';
import { tellOnce } from './tellOnce';

/** A part of what is summarized, and what is asked of it. */
export interface Passage extends Omit<SummarySection, 'sentences'> {
  instruction: string;
  /** What is read for it; more than one context where it is long. */
  parts: BlockPlace[][];
}

export interface Summary {
  passages: Passage[];
  /** Asked at the end, of the passages' first sentences, with a few blocks of the beginning. */
  overall: { before: string; after: string; places: BlockPlace[]; maxTokens?: number };
  /** Known without the base, and said after the whole. */
  alsoKnown?: Spoken | undefined;
  /** All blocks of what is summarized. */
  blocksTotal: number;
  notes: string[];
}

const passageTokens = 90;
const overallTokens = 160;
/** A summary names nothing that is not there. */
const keeps = { endsWhole: true, onlyNamesRead: true } as const;
/** Lines that fit before the overall instruction, each cut to so many characters. */
const linesInOverall = 32;
const lineChars = 120;
/** Tokens that are read at once: what a small base still follows, and little enough memory for its keys and values. */
export const partTokensMax = 4_096;

/** Cuts blocks into contexts that can be read at once. */
export function partsOf(places: readonly BlockPlace[]): BlockPlace[][] {
  const parts: BlockPlace[][] = [];
  let tokens = Infinity;
  for (const place of places) {
    const { startToken, endToken } = place.window.blocks[place.blockOfWindow]!;
    tokens += endToken - startToken;
    if (tokens > partTokensMax) {
      parts.push([]);
      tokens = endToken - startToken;
    }
    parts.at(-1)!.push(place);
  }
  return parts;
}

/** Each block once, in file and line order. */
export function distinctInOrder(places: readonly BlockPlace[]): BlockPlace[] {
  const distinct = new Map(places.map((place) => [place.blockIndex, place]));
  return [...distinct.values()].sort((left, right) => left.blockIndex - right.blockIndex);
}

/** Tells every passage, then the whole. A single passage is the whole. */
export async function tell(run: Run, summary: Summary): Promise<SummaryResult> {
  try {
    return await tellAll(run, summary);
  } finally {
    // What was told before a cancel need not be told again.
    await run.told.save();
  }
}

async function tellAll(run: Run, summary: Summary): Promise<SummaryResult> {
  const { passages } = summary;
  const isOne = passages.length === 1 && passages[0]!.parts.length <= 1;
  // The tokens of one passage among several are not the answer; they arrive with the result.
  const quiet: Run = isOne ? run : { ...run, emit: () => undefined };
  const told: Spoken[] = [];
  run.clock.indexMs = run.clock.now();
  for (const [index, passage] of passages.entries()) {
    throwIfCancelled(run.signal);
    const message = `summarizing ${passage.path} from line ${passage.startLine}`;
    run.emit({ type: 'progress', phase: 'generate', done: index, total: passages.length, message });
    const spoken = await tellPassage(quiet, passage);
    told.push(spoken);
    const section = sectionOf(passage, spoken.sentences);
    run.emit({ type: 'section', index, total: passages.length, section });
  }
  const whole = isOne ? undefined : await tellWhole(run, summary, told);
  return resultFrom(run, summary, whole && alsoSaid(run, whole, summary.alsoKnown), told);
}

/** In a paragraph of its own. */
function alsoSaid(run: Run, whole: Spoken, known: Spoken | undefined): Spoken {
  if (!known) return whole;
  const both = joinSpoken([whole, known]);
  const text = whole.answer === '' ? known.answer : `\n\n${known.answer}`;
  run.emit({ type: 'token', text });
  for (let index = whole.sentences.length; index < both.sentences.length; index++) {
    const sentence = both.sentences[index]!;
    const citations = both.citations.filter(({ n }) => sentence.citations.includes(n));
    run.emit({ type: 'sentence', index, sentence, citations });
  }
  return { ...both, answer: `${whole.answer}${text}` };
}

async function tellPassage(run: Run, { instruction, parts }: Passage): Promise<Spoken> {
  const spoken: Spoken[] = [];
  // A passage without blocks, such as a file that was removed, is told from its instruction alone.
  for (const places of parts.length === 0 ? [[]] : parts) {
    throwIfCancelled(run.signal);
    spoken.push(await tellOnce(run, { places, instruction, maxTokens: passageTokens, keeps }));
  }
  return joinSpoken(spoken);
}

async function tellWhole(run: Run, { passages, overall }: Summary, told: readonly Spoken[]): Promise<Spoken> {
  const step = Math.ceil(told.length / linesInOverall);
  const lines = passages.flatMap((passage, at) => {
    if (at % step > 0) return [];
    const name = passages.some(({ path }) => path !== passage.path) ? passage.path : passage.title;
    const sentence = told[at]!.sentences[0]?.text ?? told[at]!.answer;
    if (sentence === '') return [];
    return [`- ${name}${name === '' ? '' : ': '}${sentence}`.replace(/\s+/g, ' ').slice(0, lineChars)];
  });
  const instruction = `${overall.before}\n${lines.join('\n')}\n${overall.after}`;
  const { places, maxTokens = overallTokens } = overall;
  return tellOnce(run, { places, instruction, maxTokens, keeps });
}

function resultFrom(
  run: Run,
  { passages, blocksTotal, notes }: Summary,
  whole: Spoken | undefined,
  told: readonly Spoken[],
): SummaryResult {
  const texts = whole ? [whole, ...told] : told;
  const all = joinSpoken(texts);
  const numbered = numberTogether(texts);
  const first = { ...all, answer: texts[0]!.answer, sentences: numbered.sentences[0]! };
  const ofPassages = numbered.sentences.slice(whole ? 1 : 0);
  // Counted over what stood in a context, not over what was meant to.
  const read = distinctInOrder(all.read);
  const coverage = { blocks: run.index.blockCount, landmarkBlocks: run.index.keys.count, lexicalBlocks: 0 };
  const hits = read.map((place) => unscoredHit(run, place));
  return {
    ...resultOf(run, first, { read: hits, nearest: [], coverage, notes }),
    blocksRead: read.length,
    blocksTotal,
    sections: passages.map((passage, at) => sectionOf(passage, ofPassages[at]!)),
  };
}

function sectionOf(
  { title, path, startLine, endLine }: Passage,
  sentences: SummarySection['sentences'],
): SummarySection {
  return { title, path, startLine, endLine, sentences };
}
