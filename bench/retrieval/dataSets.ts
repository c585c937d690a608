/** Which questions are asked about which folders. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildProject, projectNames, readSources } from '../questions/projects';
import {
  goldText,
  identifiersGiven,
  readOwnQuestions,
  readUnanswerable,
  type Question,
  type UnanswerableQuestion,
} from '../questions/questions';
import { readJsonLines } from '../questions/tables';
import { unpack } from '../support';

export interface AskedQuestion extends Question {
  /** Whether it gives an identifier of its gold lines away. */
  identifiers: boolean;
}

export interface Repository {
  name: string;
  root: string;
  questions: AskedQuestion[];
  unanswerable: UnanswerableQuestion[];
  remove(): void;
}

export interface DataSet {
  title: string;
  repositories: Repository[];
}

/** The repositories whose questions are given, and whose key facts are kept in `bench/questions`. */
const given = ['flask', 'requests'];

/** Our own questions, and where a folder of given ones is named, those too. */
export function answeredDataSets(evalFolder: string | undefined): DataSet[] {
  return [ownDataSet(), ...(evalFolder === undefined ? [] : [givenDataSet(evalFolder, given)])];
}

/**
 * The sets without other repositories than these, and without sets of none.
 *
 * @param only names; all where it is empty
 */
export function setsAbout(sets: readonly DataSet[], only: readonly string[]): DataSet[] {
  const repositories = sets.flatMap((set) => set.repositories);
  const unknown = only.find((name) => !repositories.some((repository) => repository.name === name));
  if (unknown !== undefined) {
    const names = repositories.map(({ name }) => name).join(', ');
    throw new RangeError(`there are no questions about ${unknown}; there are about ${names}`);
  }
  const isChosen = ({ name }: Repository): boolean => only.length === 0 || only.includes(name);
  const chosen = sets.map((set) => ({ ...set, repositories: set.repositories.filter(isChosen) }));
  return chosen.filter((set) => set.repositories.length > 0);
}

export function ownDataSet(): DataSet {
  const sources = readSources();
  const repositories = projectNames(sources).map((name): Repository => {
    const root = buildProject(name, sources);
    const questions = readOwnQuestions(name);
    return { name, root, questions, unanswerable: unanswerableOf(name), remove: () => undefined };
  });
  return { title: titleOf(repositories), repositories };
}

/** @param folder holds NAME.tar.gz (a repository) and NAME.jsonl (its questions) */
export function givenDataSet(folder: string, names: readonly string[]): DataSet {
  const repositories = names.map((name): Repository => {
    const root = unpack(join(folder, `${name}.tar.gz`));
    const questions = (readJsonLines(join(folder, `${name}.jsonl`)) as Question[]).map((question) => ({
      ...question,
      identifiers: givesIdentifier(root, question),
    }));
    const remove = (): void => {
      rmSync(root, { recursive: true });
    };
    return { name, root, questions, unanswerable: unanswerableOf(name), remove };
  });
  return { title: titleOf(repositories), repositories };
}

function titleOf(repositories: readonly Repository[]): string {
  return repositories.map(({ name }) => name).join(', ');
}

function unanswerableOf(name: string): UnanswerableQuestion[] {
  return readUnanswerable().filter(({ repository }) => repository === name);
}

/** A question without gold lines is compared with its gold files. */
function givesIdentifier(root: string, { question, goldFiles, goldSpans }: Question): boolean {
  const gold =
    goldSpans.length > 0
      ? goldText(root, goldSpans)
      : goldFiles.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  return identifiersGiven(question, gold).length > 0;
}
