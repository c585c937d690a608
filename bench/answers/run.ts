/** Asks every arm what it was not asked yet, one arm after the other, so that one model is in memory at a time. */

import { armNames, isAsked, type Answered, type Arm, type ArmName } from './arms';
import { openMeasuring, type Likelihoods } from './likelihood';
import { Log } from './log';
import { openOurs } from './ours';
import { sampleEvenly, type AskedQuestion } from './questions';
import { openBm25, openGold, openNone } from './rereading';
import { score, type Scored } from './score';
import { settingsOf, type Setup } from './setup';

const openArm: Record<ArmName, (setup: Setup) => Promise<Arm> | Arm> = {
  ours: openOurs,
  gold: openGold,
  bm25: openBm25,
  none: openNone,
};

export interface Wanted {
  arms: readonly ArmName[];
  /** Questions whose likelihoods are measured. */
  likelihoods: number;
  /** Forget what was measured before. */
  fresh: boolean;
}

export interface Measured {
  rows: Scored[];
  /** The product's answers, by question. */
  answers: Map<string, Answered>;
  likelihoods: { id: string; measured: Likelihoods }[];
}

export async function measure(
  setup: Setup,
  questions: readonly AskedQuestion[],
  { arms, likelihoods, fresh }: Wanted,
): Promise<Measured> {
  const rows: Scored[] = [];
  const answers = new Map<string, Answered>();
  for (const arm of armNames.filter((name) => arms.includes(name))) {
    const asked = questions.filter((question) => isAsked(arm, question));
    for (const { question, answered } of await askArm(setup, arm, asked, fresh)) {
      rows.push(score(arm, question, answered));
      if (arm === 'ours') answers.set(question.id, answered);
    }
  }
  const sample = likelihoodSample(questions, likelihoods);
  return { rows, answers, likelihoods: await measureLikelihoods(setup, sample, fresh) };
}

async function askArm(
  setup: Setup,
  name: ArmName,
  questions: readonly AskedQuestion[],
  fresh: boolean,
): Promise<{ question: AskedQuestion; answered: Answered }[]> {
  const log = openLog<Answered>(setup, name, fresh);
  // What decides an answer; the gold lines decide what the arm of the gold blocks reads.
  const keyOf = ({ id, question, goldSpans }: AskedQuestion): unknown =>
    name === 'gold' ? [id, question, goldSpans] : [id, question];
  const open = questions.filter((question) => log.get(keyOf(question)) === undefined);
  if (open.length > 0) {
    const arm = await openArm[name](setup);
    try {
      const ordered = inRepositories(open);
      for (const [at, question] of ordered.entries()) {
        if (question.root !== ordered[at - 1]?.root) console.error(`${name}: opens ${question.repository}`);
        await arm.prepare(question.root);
        const start = performance.now();
        log.add(keyOf(question), await arm.answer(question));
        told(name, question.id, at + 1, open.length, start);
      }
    } finally {
      await arm.close();
    }
  }
  return questions.map((question) => ({ question, answered: log.get(keyOf(question))! }));
}

/** Evenly over repositories, among what can be answered. */
function likelihoodSample(questions: readonly AskedQuestion[], count: number): AskedQuestion[] {
  const answerable = questions.filter((question) => question.answerable);
  const names = [...new Set(answerable.map(({ repository }) => repository))];
  return sampleEvenly(
    names.map((name) => answerable.filter(({ repository }) => repository === name)),
    count,
  );
}

async function measureLikelihoods(
  setup: Setup,
  questions: readonly AskedQuestion[],
  fresh: boolean,
): Promise<Measured['likelihoods']> {
  const log = openLog<Likelihoods>(setup, 'likelihood', fresh);
  const keyOf = ({ id, question, reference }: AskedQuestion): unknown => [id, question, reference];
  const open = questions.filter((question) => log.get(keyOf(question)) === undefined);
  if (open.length > 0) {
    const measuring = await openMeasuring(setup);
    try {
      for (const [at, question] of inRepositories(open).entries()) {
        const start = performance.now();
        log.add(keyOf(question), await measuring.of(question));
        told('likelihood', question.id, at + 1, open.length, start);
      }
    } finally {
      await measuring.close();
    }
  }
  return questions.map((question) => ({ id: question.id, measured: log.get(keyOf(question))! }));
}

function openLog<Entry>(setup: Setup, name: ArmName | 'likelihood', fresh: boolean): Log<Entry> {
  const { packageId } = setup.model;
  const log = Log.open<Entry>({ packageId, name, settings: settingsOf(setup, name) });
  if (fresh) log.clear();
  return log;
}

/** One repository after the other, so that each is opened once. */
export function inRepositories<Item extends { repository: string }>(questions: readonly Item[]): Item[] {
  const names = [...new Set(questions.map(({ repository }) => repository))];
  return names.flatMap((name) => questions.filter(({ repository }) => repository === name));
}

function told(what: string, id: string, done: number, all: number, start: number): void {
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`${what} ${done}/${all} ${id}: ${seconds} s`);
}
