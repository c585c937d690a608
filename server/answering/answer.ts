/** From a route to what is read, and from what was spoken to a result. */

import type { AnswerResult, BlockHit } from '../../protocol/messages';
import type { BlockPlace } from '../indexing/workspaceIndex';
import type { Route } from './route';
import type { Run } from './run';
import type { Spoken } from './speak';

/** Landmark keys of every block that is read, so that each can be cited. */
export async function requireKeys(run: Run, places: readonly BlockPlace[]): Promise<void> {
  const windows = [...new Set(places.map(({ windowIndex }) => windowIndex))];
  await run.index.encodeKeys(windows, await run.host.encoder(), await run.host.text(), {}, run.signal);
}

/** Makes sure that what is read can be cited, and tells the client which blocks were routed to. */
export async function announceRead(
  run: Run,
  routed: Route,
  places: readonly BlockPlace[],
): Promise<BlockHit[]> {
  const read = places.map(({ blockIndex }) => routed.hit(blockIndex));
  await requireKeys(run, places);
  run.clock.routeMs = run.clock.now() - run.clock.indexMs;
  run.emit({ type: 'routed', blocks: read, coverage: routed.coverage });
  return read;
}

export function resultOf(
  run: Run,
  spoken: Omit<Spoken, 'read'>,
  rest: Pick<AnswerResult, 'read' | 'nearest' | 'coverage' | 'notes'>,
): AnswerResult {
  const { clock } = run;
  return {
    answer: spoken.answer,
    sentences: spoken.sentences,
    citations: spoken.citations,
    abstained: false,
    read: rest.read,
    nearest: rest.nearest,
    coverage: rest.coverage,
    timings: {
      indexMs: clock.indexMs,
      routeMs: clock.routeMs,
      firstTokenMs: clock.firstTokenMs,
      totalMs: clock.now(),
      promptTokens: spoken.promptTokens,
      cachedTokens: spoken.cachedTokens,
      generatedTokens: spoken.generatedTokens,
    },
    notes: [
      ...rest.notes,
      ...spoken.notes,
      ...(run.host.providerNote === undefined ? [] : [run.host.providerNote]),
    ],
  };
}

/** A block that was chosen without a question, such as a part of a file that is summarized. */
export function unscoredHit({ index }: Pick<Run, 'index'>, place: BlockPlace): BlockHit {
  const { file, startLine, endLine } = place;
  const piece = index.pieceOf(place);
  return {
    path: file.path,
    startLine,
    endLine,
    ...(piece > 0 && { piece }),
    score: 0,
    probability: null,
    landmarkScore: null,
    landmarkLayers: [],
    lexicalScore: 0,
    landmarkRank: null,
    lexicalRank: null,
    words: [],
  };
}
