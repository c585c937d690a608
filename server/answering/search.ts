/** Ranking without reading: `search`, and how near a file came to being read. */

import type { SearchParams, SearchResult, WhyNotParams, WhyNotResult } from '../../protocol/messages';
import { rankOf, topBlocks, unranked } from '../landmark/fusion';
import { consideredBlocks } from './ask';
import { chooseBlocks, defaultReadLimits } from './context';
import { requireFile } from './files';
import { answerProbabilityOf, cleanQuestion, prepareKeys, route } from './route';
import { workspacePath } from './roots';
import type { Run } from './run';
import { scopedBlocks } from './scope';
import { routingText } from './thread';

const defaultTop = 50;

export async function search(run: Run, params: SearchParams): Promise<SearchResult> {
  const { index, host, emit, signal } = run;
  const { text } = cleanQuestion(params.question);
  const arm = params.arm ?? 'hybrid';
  const scope = scopedBlocks(index, params.scope, run.roots);
  const windows = params.wait ? 'all' : 'likeliest';
  if (arm !== 'lexical') await prepareKeys(index, host, { question: text, scope, windows }, emit, signal);
  const routed = await route(index, host, text, arm, scope);
  const blocks = topBlocks(routed.scores, params.top ?? defaultTop).map((at) => routed.hit(at));
  const answerProbability = arm === 'hybrid' ? answerProbabilityOf(run, routed, text) : null;
  return { blocks, coverage: routed.coverage, answerProbability };
}

/** A file's best block among all that were ranked for a question, and the last one that would have been read. */
export async function whyNot(run: Run, params: WhyNotParams): Promise<WhyNotResult> {
  const { index, host, emit, signal } = run;
  const question = cleanQuestion(params.question);
  const text = routingText(question.text, params.thread ?? []);
  const arm = params.arm ?? 'hybrid';
  const file = requireFile(index, workspacePath(run.roots, params.path));
  const scope = scopedBlocks(index, params.scope, run.roots);
  // As for the question itself, which has mostly been asked before: then nothing is encoded.
  if (arm !== 'lexical') {
    await prepareKeys(index, host, { question: text, scope, windows: 'likeliest' }, emit, signal);
  }
  const routed = await route(index, host, text, arm, scope);
  const ranks = rankOf(routed.scores);
  const ranked = index
    .windowsOfFile(file.path)
    .flatMap((windowIndex) => index.blocksOfWindow(windowIndex))
    .filter((blockIndex) => ranks[blockIndex] !== unranked);
  const best = ranked.length === 0 ? undefined : ranked.reduce((a, b) => (ranks[a]! <= ranks[b]! ? a : b));
  const { lastRanked } = chooseBlocks(index, topBlocks(routed.scores, consideredBlocks), defaultReadLimits);
  return {
    best: best === undefined ? null : routed.hit(best),
    rank: best === undefined ? null : ranks[best]! + 1,
    blocks: ranks.reduce((sum, rank) => sum + (rank === unranked ? 0 : 1), 0),
    lastRead: lastRanked === undefined ? null : routed.hit(lastRanked),
  };
}
