/** Puts one needle into a haystack, asks for it, and tells where its block is routed to and whether the answer says its key. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arm } from '../../protocol/messages';
import type { Engine } from '../../server/answering/engine';
import type { PlacedNeedle } from './haystack';
import type { NeedleKind } from './needles';

export const arms: readonly Arm[] = ['lexical', 'landmark', 'hybrid'];
/** Blocks in which a needle counts as routed to. */
export const firstBlocks = 16;

export interface Hunted {
  id: string;
  kind: NeedleKind;
  path: string;
  depth: number;
  /** Rank of the needle's first block in every arm, from 1; null where it is not ranked. */
  ranks: Record<Arm, number | null>;
  refused: boolean;
  /** Refused, and the needle is among the nearest places that the refusal names. */
  isNamed: boolean;
  answer: string;
  /** Whether the answer says the needle's key. */
  saysKey: boolean;
  /** The same of the answer that a refused question gets when it is asked anyway. */
  saysKeyAnyway: boolean;
  /** Asked once more, with all that is read in the store; anyway, where it was refused. */
  firstTokenMs: number;
}

const rankedBlocks = 1_000;
const never = new AbortController().signal;
const silent = (): undefined => undefined;

/** The folder is left as it was: no other needle lies beside the one that is asked for. */
export async function hunt(engine: Engine, root: string, needle: PlacedNeedle): Promise<Hunted> {
  const file = join(root, needle.path);
  writeFileSync(file, needle.after);
  try {
    await engine.index({ root }, silent, never);
    return await askFor(engine, root, needle);
  } finally {
    writeFileSync(file, needle.before);
  }
}

async function askFor(engine: Engine, root: string, needle: PlacedNeedle): Promise<Hunted> {
  const { id, kind, path, depth, key, question } = needle;
  const ranks: Hunted['ranks'] = { lexical: null, landmark: null, hybrid: null };
  for (const arm of arms) {
    const { blocks } = await engine.search({ root, question, arm, top: rankedBlocks }, silent, never);
    ranks[arm] = rankOf(needle, blocks);
  }
  const says = (answer: string): boolean => answer.toLowerCase().includes(key.toLowerCase());
  const asked = await engine.ask({ root, question }, silent, never);
  const { abstained: refused } = asked;
  const { answer } = refused ? await engine.ask({ root, question, anyway: true }, silent, never) : asked;
  const { timings } = await engine.ask({ root, question, anyway: true, maxTokens: 1 }, silent, never);
  return {
    ...{ id, kind, path, depth, ranks, refused, answer },
    isNamed: refused && rankOf(needle, asked.nearest) !== null,
    saysKey: !refused && says(answer),
    saysKeyAnyway: says(answer),
    firstTokenMs: timings.firstTokenMs,
  };
}

/** A block counts if the needle fills half of it, or if it holds half of the needle. */
export function rankOf(
  needle: Pick<PlacedNeedle, 'path' | 'startLine' | 'endLine'>,
  blocks: readonly { path: string; startLine: number; endLine: number }[],
): number | null {
  const needleLines = needle.endLine - needle.startLine + 1;
  const index = blocks.findIndex(({ path, startLine, endLine }) => {
    const shared = Math.min(endLine, needle.endLine) - Math.max(startLine, needle.startLine) + 1;
    return path === needle.path && shared * 2 >= Math.min(needleLines, endLine - startLine + 1);
  });
  return index < 0 ? null : index + 1;
}
