import type { AnswerResult, AskParams, BlockHit } from '../../protocol/messages';
import { topBlocks } from '../landmark/fusion';
import { announceRead, defaultMaxTokens, resultOf, speak, type Run } from './answer';
import { chooseBlocks, defaultReadLimits } from './context';
import { cleanQuestion, hitOf, prepareKeys, route, type Route } from './route';

/** Ranked blocks that are considered for reading. */
const consideredBlocks = 64;
/** Places to look at that are named where there is no answer. */
const nearestBlocks = 5;
/** Without it a small base copies the code it read instead of answering. */
const manner =
  'Answer in at most four sentences, in your own words, naming the functions and files involved.';

/** Answers a question from the few blocks that matter, or says that there are none. */
export async function ask(run: Run, params: AskParams): Promise<AnswerResult> {
  const question = cleanQuestion(params.question);
  const { index, host, emit, signal, clock } = run;
  const arm = params.arm ?? 'hybrid';
  await prepareKeys(index, host, question.text, params.wait ?? false, emit, signal);
  clock.indexMs = clock.now();
  const routed = await route(index, host, question.text, arm);
  const ranked = topBlocks(routed.scores, consideredBlocks);
  const notes = question.note === undefined ? [] : [question.note];
  const nearest = ranked.slice(0, nearestBlocks).map((blockIndex) => hitOf(index, routed, blockIndex));
  if (ranked.length === 0 || (await isUnanswerable(run, routed, question.text))) {
    clock.routeMs = clock.now() - clock.indexMs;
    return abstention(run, routed, nearest, notes);
  }
  const places = chooseBlocks(index, ranked, defaultReadLimits);
  const read = await announceRead(run, routed, places);
  const spoken = await speak(
    run,
    places,
    `${question.text}\n${manner}`,
    params.maxTokens ?? defaultMaxTokens,
  );
  return resultOf(run, spoken, { read, nearest, coverage: routed.coverage, notes });
}

/** The best landmark score of the workspace lies under the calibrated threshold. */
async function isUnanswerable({ index, host }: Run, routed: Route, question: string): Promise<boolean> {
  const scores = routed.landmarkScores ?? (await route(index, host, question, 'landmark')).landmarkScores!;
  const best = scores.reduce((most, score) => (score > most ? score : most), -1);
  return best < host.model.manifest.thresholds.abstain;
}

function abstention(run: Run, routed: Route, nearest: BlockHit[], notes: string[]): AnswerResult {
  const answer = 'The workspace does not seem to contain an answer to this.';
  const spoken = {
    answer,
    sentences: [],
    citations: [],
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    notes: [],
  };
  const result = resultOf(run, spoken, { read: [], nearest, coverage: routed.coverage, notes });
  return { ...result, abstained: true };
}
