/**
 * What a follow-up question costs where the turn before it is remembered as keys and values, beside running its text
 * again: the time to the first token, and how likely the reference answer is after either. See docs/performance.md.
 *
 *     npm run bench:followUp -- --limit 20 [--eval DIR] [--reader NAME]
 */

import { parseArgs } from 'node:util';
import { ask, consideredBlocks, instructionFor } from '../server/answering/ask';
import { chooseBlocks, defaultReadLimits } from '../server/answering/context';
import { route } from '../server/answering/route';
import type { Run } from '../server/answering/run';
import { scopedBlocks } from '../server/answering/scope';
import { prepare, type Speech } from '../server/answering/speak';
import { topBlocks } from '../server/landmark/fusion';
import type { RawKv } from '../server/model/kvCache';
import type { SaidTurn } from '../server/model/turnMemory';
import { medianOf, ratioOf } from './answers/figures';
import { meanLoss, referenceTokensMax } from './answers/likelihood';
import { chooseQuestions, type AskedQuestion } from './answers/questions';
import { openModel, setUp, wholeNumber } from './answers/setup';
import { meanEstimate, type Estimate } from './retrieval/bootstrap';
import { answeredDataSets } from './retrieval/dataSets';
import { publish, table } from './support';

const never = new AbortController().signal;
/** Of a turn's way to its first token; the fastest counts, since a machine only ever makes it slower. */
const timesEach = 2;

/** After a turn that is remembered, after its text, and without a turn before. */
const waysNames = ['remembered', 'text', 'alone'] as const;
type Way = (typeof waysNames)[number];

interface Measured {
  turnTokens: number;
  firstTokenMs: Record<Way, number>;
  /** Of the reference answer, nats per token. */
  loss: Record<Way, number>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      eval: { type: 'string' },
      limit: { type: 'string', default: '20' },
      ...{ model: { type: 'string' }, reader: { type: 'string' } },
      ...{ cache: { type: 'string' }, threads: { type: 'string' } },
    },
  });
  const setup = await setUp(values);
  const sets = answeredDataSets(values.eval);
  const model = openModel(setup);
  try {
    const questions = chooseQuestions(sets, { only: [], limit: 2 * wholeNumber('limit', values.limit) });
    const measured: Measured[] = [];
    for (const [first, second] of pairsOf(questions.filter(({ answerable }) => answerable))) {
      const found = await measure(await model.runOf(first.root), first, second);
      if (found) measured.push(found);
      console.error(`${first.id}, ${second.id}`);
    }
    report((setup.reader ?? setup.model).manifest.name, measured);
  } finally {
    await model.close();
    for (const repository of sets.flatMap(({ repositories }) => repositories)) repository.remove();
  }
}

/** Questions of one repository, two by two. */
function pairsOf(questions: readonly AskedQuestion[]): [AskedQuestion, AskedQuestion][] {
  const roots = [...new Set(questions.map(({ root }) => root))];
  return roots.flatMap((root) => {
    const own = questions.filter((question) => question.root === root);
    return own.flatMap((question, at): [AskedQuestion, AskedQuestion][] =>
      at % 2 === 1 ? [[own[at - 1]!, question]] : [],
    );
  });
}

/** @returns undefined where the first question was answered with nothing that is remembered */
async function measure(
  run: Run,
  first: AskedQuestion,
  { question, reference }: AskedQuestion,
): Promise<Measured | undefined> {
  const { host, index } = run;
  host.turns.clear();
  const { answer } = await ask(run, { root: first.root, question: first.question, anyway: true });
  const turn = { workspace: run.roots.key, question: first.question, answer };
  const kv = host.turns.get(turn);
  if (!kv) return undefined;
  const routed = await route(index, host, question, 'hybrid', scopedBlocks(index, undefined, run.roots));
  const reading = chooseBlocks(index, topBlocks(routed.scores, consideredBlocks), defaultReadLimits);
  const speech: Speech = { ...reading, instruction: instructionFor(question), maxTokens: referenceTokensMax };
  const { tokenizer } = await host.text();
  const tokens = tokenizer.encodeText(reference).slice(0, referenceTokensMax);
  const reader = await host.reader();
  const firstTokenMs = { remembered: Infinity, text: Infinity, alone: Infinity };
  const loss = { remembered: 0, text: 0, alone: 0 };
  for (let time = 0; time <= timesEach; time++) {
    for (const way of waysNames) {
      remember(run, turn, way === 'remembered' ? kv : undefined);
      const asked = way === 'alone' ? speech : { ...speech, thread: [turn] };
      const start = performance.now();
      const { context, prompt } = await prepare(run, asked);
      if (time === timesEach) {
        loss[way] = await meanLoss(reader, context.cache, prompt, tokens);
        continue;
      }
      await reader.choiceAfter(prompt, context.cache, never);
      firstTokenMs[way] = Math.min(firstTokenMs[way], performance.now() - start);
      context.cache.dispose();
    }
  }
  return { turnTokens: kv.tokens, firstTokenMs, loss };
}

function remember({ host }: Run, turn: SaidTurn, kv: RawKv | undefined): void {
  host.turns.clear();
  if (kv) host.turns.add(turn, kv);
}

function report(name: string, measured: readonly Measured[]): void {
  const times = (way: Way): number[] => measured.map(({ firstTokenMs }) => firstTokenMs[way]);
  const losses = (way: Way): number[] => measured.map(({ loss }) => loss[way]);
  const ratio = ratioOf(measured.map(({ loss }) => ({ count: loss.remembered, of: loss.text })));
  const titles: Record<Way, string> = {
    remembered: 'remembered as keys and values',
    text: 'its text run again',
    alone: 'no turn before',
  };
  const rows = waysNames.map((way) => [
    titles[way],
    `${Math.round(medianOf(times(way)))} ms`,
    told(meanEstimate(losses(way))),
  ]);
  const saved = medianOf(measured.map(({ firstTokenMs: ms }) => ms.text / ms.remembered));
  publish('followUp', `A follow-up question, with ${name}`, [
    `${measured.length} questions after another one of the same repository, whose question and answer take ` +
      `${medianOf(measured.map(({ turnTokens }) => turnTokens))} tokens (median).`,
    '',
    ...table(
      ['the turn before', 'first token after routing (median)', 'loss of the reference answer, nats a token'],
      rows,
    ),
    '',
    `Run again over remembered: ${saved.toFixed(2)} times the time (median of pairs); ` +
      `losses, remembered over run again: ${ratio ? told(ratio) : '-'}.`,
  ]);
}

function told({ value, low, high }: Estimate): string {
  const [middle, from, to] = [value, low, high].map((number) => number.toFixed(3));
  return `${middle} (${from} to ${to})`;
}

void main();
