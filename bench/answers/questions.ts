/** Which questions are answered, and what a right answer to each holds. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomNumbers } from '../retrieval/bootstrap';
import { setsAbout, type DataSet, type Repository } from '../retrieval/dataSets';
import { readFacts, type GoldSpan, type OwnQuestion, type Question } from '../questions/questions';

export interface AskedQuestion {
  id: string;
  repository: string;
  /** Absolute folder of the repository. */
  root: string;
  question: string;
  /** Written for this project; its text may stand in results. */
  isOwn: boolean;
  answerable: boolean;
  /** Lines that exist; empty where nobody told them, and where there is no answer. */
  goldSpans: GoldSpan[];
  goldFiles: string[];
  keyFacts: string[];
  /** Empty where there is no answer. */
  reference: string;
}

export interface Selection {
  /** Names of repositories; all where it is empty. */
  only: readonly string[];
  /** Answerable questions at most; a quarter as many unanswerable ones come with them. */
  limit: number;
}

/** The same questions in every run. */
const sampleSeed = 95;
const answerablePerUnanswerable = 4;

export function chooseQuestions(sets: readonly DataSet[], { only, limit }: Selection): AskedQuestion[] {
  const chosen = setsAbout(sets, only).flatMap((set) => set.repositories);
  return [
    ...sampleEvenly(chosen.map(answerableOf), limit),
    ...sampleEvenly(chosen.map(unanswerableOf), Math.ceil(limit / answerablePerUnanswerable)),
  ];
}

/** One of each group in turn, in a seeded order; a smaller sample is the start of a larger one. */
export function sampleEvenly<Item>(groups: readonly (readonly Item[])[], count: number): Item[] {
  const shuffled = groups.map((group) => shuffle(group, sampleSeed));
  const sample: Item[] = [];
  for (let at = 0; sample.length < count && shuffled.some((group) => at < group.length); at++) {
    for (const group of shuffled) if (at < group.length && sample.length < count) sample.push(group[at]!);
  }
  return sample;
}

/** Fisher and Yates. */
export function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  const random = randomNumbers(seed);
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

function answerableOf({ name, root, questions }: Repository): AskedQuestion[] {
  const facts = new Map(readFacts(name).map(({ id, keyFacts }) => [id, keyFacts]));
  return questions.map((question: Question & Partial<OwnQuestion>) => {
    const { id, goldSpans, goldFiles, answer } = question;
    const keyFacts = question.keyFacts ?? facts.get(id);
    if (keyFacts === undefined) throw new Error(`${id} has no key facts; npm run bench:questions tells more`);
    return {
      ...{ id, repository: name, root, question: question.question, answerable: true },
      isOwn: question.keyFacts !== undefined,
      ...{ goldSpans: existingSpans(root, goldSpans), goldFiles, keyFacts, reference: answer },
    };
  });
}

/** Some lines that others name are of another version of a file; they can be neither read nor cited. */
export function existingSpans(root: string, spans: readonly GoldSpan[]): GoldSpan[] {
  return spans.filter(({ file, start, end }) => {
    const path = join(root, file);
    if (!existsSync(path)) return false;
    const lineCount = readFileSync(path, 'utf8').trimEnd().split('\n').length;
    return start >= 1 && start <= end && end <= lineCount;
  });
}

function unanswerableOf({ name, root, unanswerable }: Repository): AskedQuestion[] {
  return unanswerable.map(({ id, question }) => ({
    ...{ id, repository: name, root, question, isOwn: true },
    ...{ answerable: false, goldSpans: [], goldFiles: [], keyFacts: [], reference: '' },
  }));
}
