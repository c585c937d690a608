import type { AnswerResult, AskParams } from '../../protocol/messages';
import { noteTexts } from '../../protocol/notes';
import type { SamplingParams } from '../../protocol/sampling';
import type { WorkspaceIndex } from '../indexing/workspaceIndex';
import { topBlocks } from '../landmark/fusion';
import { isRefusedByReader, marginOf } from '../landmark/answerable';
import { contentWords } from '../landmark/lexical';
import type { ContrastWeights } from '../model/contrast';
import type { Sampling } from '../model/sampling';
import { announceRead, resultOf } from './answer';
import { chooseBlocks, defaultReadLimits } from './context';
import { isGrounded, namesOf } from './grounded';
import { judgeApart } from './judge';
import { missingNames } from './missingNames';
import { answerProbabilityOf, cleanQuestion, prepareKeys, route, type Route } from './route';
import type { Run } from './run';
import { leftOutNote, scopedBlocks, type ScopedBlocks } from './scope';
import { speak, type Speech, type Spoken } from './speak';
import { routingText } from './thread';

/** Ranked blocks that are considered for reading. */
export const consideredBlocks = 64;
/** Places to look at that are named where there is no answer. */
const nearestBlocks = 5;
export const defaultMaxTokens = 320;
/** Fewer words stand together by chance. */
const wordsOfWhole = 3;
/** Share of the nucleus: the many unlikely tokens beyond it would be drawn too often (Holtzman et al. 2019). */
const topP = 0.9;
/** Chosen by the facts that answers say (docs/answers.md, "The instruction"). */
export const manner =
  'Answer in at most four sentences, in your own words, naming the exact functions, values and files that answer it.';

/** Chosen by names made up and facts said (docs/answers.md, "Beside what would be said anyway"). */
export const contrast: ContrastWeights = { weight: 0.5, plausible: 0.3 };

/** What the base is told to do with a question. */
export function instructionFor(question: string): string {
  return `${question}\n${manner}`;
}

/** Nothing is drawn unless a temperature is asked for: the same question gives the same answer. */
function samplingOf({ temperature = 0, seed = 0 }: SamplingParams): Sampling | undefined {
  return temperature === 0 ? undefined : { temperature, topP, seed };
}

/** Answers a question from the few blocks that matter, or says that there are none. */
export async function ask(run: Run, params: AskParams): Promise<AnswerResult> {
  const question = cleanQuestion(params.question);
  const { index, host, emit, signal, clock } = run;
  const thread = params.thread ?? [];
  const routedText = routingText(question.text, thread);
  const scope = scopedBlocks(index, params.scope, run.roots);
  const windows = params.wait ? 'all' : 'likeliest';
  const isPrepared = await prepareKeys(index, host, { question: routedText, scope, windows }, emit, signal);
  clock.indexMs = clock.now();
  const routed = await route(index, host, routedText, params.arm ?? 'hybrid', scope);
  const ranked = topBlocks(routed.scores, consideredBlocks);
  const missing = missingNames(question.text, index.lexical, scope);
  const notes = [question.note, leftOutNote(scope), missing].filter((note) => note !== undefined);
  const nearest = ranked.slice(0, nearestBlocks).map((blockIndex) => routed.hit(blockIndex));
  // What has no key yet may hold the answer: a slow machine is no reason to say that there is none.
  const margin = isPrepared ? await marginInside(run, routed, routedText, scope) : Infinity;
  const verdict = margin === Infinity ? undefined : host.model.manifest.thresholds.answerable.reader;
  const isHopeless = margin < (verdict?.from ?? 0);
  const refused = (tried: Tried): AnswerResult => {
    const answer = scope.mask ? noteTexts.nothingInScope : noteTexts.nothingInWorkspace;
    return abstention(run, tried, { nearest, coverage: routed.coverage, notes }, answer);
  };
  if (ranked.length === 0 || (isHopeless && params.anyway !== true)) {
    clock.routeMs = clock.now() - clock.indexMs;
    return refused(nothingRead);
  }
  if (isHopeless) notes.push(noteTexts.doubtful);
  const { places, recomputed } = chooseBlocks(index, ranked, defaultReadLimits);
  const read = await announceRead(run, routed, places);
  const sampling = samplingOf(params);
  const refuses = (lead: number): boolean => {
    const isRefused = verdict !== undefined && isRefusedByReader(verdict, margin, lead);
    if (isRefused && params.anyway === true) notes.push(noteTexts.doubtful);
    return isRefused && params.anyway !== true;
  };
  const speech: Speech = {
    ...{ places, recomputed },
    instruction: instructionFor(question.text),
    maxTokens: params.maxTokens ?? defaultMaxTokens,
    thread,
    asked: params.question,
    ...(sampling ? { sampling } : { contrast }),
  };
  const isJudged = verdict !== undefined && !isHopeless;
  const judgesItself = host.reading === host.model;
  if (isJudged && !judgesItself) {
    const judged = await judgeApart(run, speech);
    if (judged.verdict !== undefined && refuses(judged.verdict)) return refused({ ...judged, read });
  }
  const spoken = await speak(run, { ...speech, ...(isJudged && judgesItself && { refuses }) });
  if (spoken.isRefused) return refused({ ...spoken, read });
  if (!isGrounded(spoken.sentences, namesOf(question.text, spoken.read))) notes.push(noteTexts.ungrounded);
  return resultOf(run, spoken, { read, nearest, coverage: routed.coverage, notes });
}

/** How far above the calibrated threshold it is that the scope holds an answer, in log odds. */
async function marginInside(run: Run, routed: Route, question: string, scope: ScopedBlocks): Promise<number> {
  const { index, host } = run;
  if (isSaidWhole(index, question, scope)) return Infinity;
  const withLandmarks = routed.landmarkScores
    ? routed
    : await route(index, host, question, 'landmark', scope);
  const { answerable } = host.model.manifest.thresholds;
  return marginOf(answerable, answerProbabilityOf(run, withLandmarks, question));
}

/**
 * One block holds every content word of the question. Such a question is never refused: of 6,965 that were asked of a
 * project that does not answer them none was one, of 995 that are answered 2.6 % (`docs/landmarks.md`).
 */
function isSaidWhole(index: WorkspaceIndex, question: string, { mask }: ScopedBlocks): boolean {
  if (contentWords(question).size < wordsOfWhole) return false;
  return index.lexical.coverage(question).some((share, block) => share === 1 && mask?.[block] !== 0);
}

/** What was done before a question was refused. */
type Tried = Pick<AnswerResult, 'read'> & Pick<Spoken, 'promptTokens' | 'cachedTokens'>;

const nothingRead: Tried = { read: [], promptTokens: 0, cachedTokens: 0 };

function abstention(
  run: Run,
  { read, promptTokens, cachedTokens }: Tried,
  rest: Pick<AnswerResult, 'nearest' | 'coverage' | 'notes'>,
  answer: string,
): AnswerResult {
  const said = { answer, sentences: [], citations: [], generatedTokens: 0, notes: [] };
  const result = resultOf(run, { ...said, promptTokens, cachedTokens }, { read, ...rest });
  return { ...result, abstained: true };
}
