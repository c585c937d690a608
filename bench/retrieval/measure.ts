/** Asks every question of a data set and keeps where its gold stands in every arm. */

import type { Engine } from '../../server/answering/engine';
import type { ModelHost } from '../../server/model/modelHost';
import { armNames, ask, type ArmName } from './arms';
import { cutFolder } from './blocks';
import type { DataSet, Repository } from './dataSets';
import { find, type Found } from './metrics';
import { MiniLmIndex } from './minilm/miniLmIndex';
import type { MiniLm } from './minilm/miniLm';

export interface MeasuredQuestion {
  id: string;
  identifiers: boolean;
  hasLines: boolean;
  arms: Record<ArmName, Found & { best: number }>;
}

export interface MeasuredUnanswerable {
  id: string;
  best: Record<ArmName, number>;
}

export interface Measured {
  title: string;
  /** What was indexed, a line for each repository. */
  indexed: string[];
  questions: MeasuredQuestion[];
  unanswerable: MeasuredUnanswerable[];
}

export interface Rivals {
  engine: Engine;
  host: ModelHost;
  miniLm: MiniLm;
  signal: AbortSignal;
}

export async function measure({ title, repositories }: DataSet, rivals: Rivals): Promise<Measured> {
  const measured: Measured = { title, indexed: [], questions: [], unanswerable: [] };
  for (const repository of repositories) {
    await measureRepository(repository, rivals, measured);
    repository.remove();
  }
  return measured;
}

async function measureRepository(
  { name, root, questions, unanswerable }: Repository,
  { engine, host, miniLm, signal }: Rivals,
  measured: Measured,
): Promise<void> {
  const report = await engine.index({ root }, () => undefined, signal);
  const index = await MiniLmIndex.build(miniLm, await cutFolder(root, host));
  const line = `${name}: ${report.files} files, ${report.blocks} blocks, ${report.tokens} tokens`;
  console.error(`${line}; ${report.encodedTokens} encoded`);
  measured.indexed.push(line);
  for (const question of questions) {
    const rankings = await ask(engine, root, index, question.question, signal);
    measured.questions.push({
      id: question.id,
      identifiers: question.identifiers,
      hasLines: question.goldSpans.length > 0,
      arms: byArm((arm) => ({ ...find(question, rankings[arm].entries), best: rankings[arm].best })),
    });
  }
  for (const { id, question } of unanswerable) {
    const rankings = await ask(engine, root, index, question, signal);
    measured.unanswerable.push({ id, best: byArm((arm) => rankings[arm].best) });
  }
}

function byArm<Value>(valueOf: (arm: ArmName) => Value): Record<ArmName, Value> {
  return Object.fromEntries(armNames.map((arm) => [arm, valueOf(arm)])) as Record<ArmName, Value>;
}
