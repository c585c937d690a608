/** Speaks what was not told before; what was is said again, cited where its blocks stand now. */

import { createHash } from 'node:crypto';
import type { AnswerSentence, Citation } from '../../../protocol/messages';
import type { BlockPlace } from '../../indexing/workspaceIndex';
import { blockText } from '../../text/windows';
import { requireKeys } from '../answer';
import { citationOf } from '../citer';
import type { Run } from '../run';
import { speak, type Speech, type Spoken } from '../speak';
import type { Told } from './toldMemory';

export async function tellOnce(run: Run, speech: Speech): Promise<Spoken> {
  const key = keyOf(speech);
  const told = await run.told.get(key);
  if (told) return sayAgain(run, told, speech.places);
  await requireKeys(run, speech.places);
  const spoken = await speak(run, speech);
  // A text without blocks belongs to no workspace, so that clearing one would not forget it.
  if (speech.places.length > 0) await run.told.add(key, toldOf(spoken, speech.places));
  return spoken;
}

/** A window's id stands for its tokens: with the same blocks and the same instruction nothing is told otherwise. */
function keyOf({ places, instruction, maxTokens }: Speech): string {
  const blocks = places.map(({ window, blockOfWindow }) => [window.id, blockOfWindow]);
  return createHash('sha256')
    .update(JSON.stringify([instruction, maxTokens, blocks]))
    .digest('hex');
}

function toldOf(spoken: Spoken, places: readonly BlockPlace[]): Told {
  const { answer, sentences, notes, promptTokens, generatedTokens } = spoken;
  const at = new Map(places.map(({ blockIndex }, number) => [blockIndex, number]));
  const ofLines = (citation: Citation): number =>
    places.findIndex(
      ({ file, startLine, endLine }) =>
        file.path === citation.path && startLine === citation.startLine && endLine === citation.endLine,
    );
  return {
    windows: [...new Set(places.map(({ window }) => window.id))],
    ...{ answer, sentences, notes, promptTokens, generatedTokens },
    citations: spoken.citations.map((citation) => ({
      n: citation.n,
      at: ofLines(citation),
      score: citation.score,
    })),
    read: spoken.read.map(({ blockIndex }) => at.get(blockIndex)!),
  };
}

function sayAgain(run: Run, told: Told, places: readonly BlockPlace[]): Spoken {
  const { answer, sentences, notes, promptTokens, generatedTokens } = told;
  const citations = told.citations.map(({ n, at, score }) => {
    const place = places[at]!;
    return citationOf({ place, text: blockText(place.file, place) }, n, score);
  });
  run.clock.firstTokenMs ||= run.clock.now();
  run.emit({ type: 'token', text: answer });
  sentences.forEach((sentence, index) => {
    run.emit({ type: 'sentence', index, sentence, citations: citedBy(sentence, citations) });
  });
  return {
    ...{ answer, sentences, citations, notes, promptTokens, generatedTokens },
    read: told.read.map((at) => places[at]!),
    // Nothing was run for it.
    cachedTokens: promptTokens,
  };
}

function citedBy({ citations: numbers }: AnswerSentence, citations: readonly Citation[]): Citation[] {
  return citations.filter(({ n }) => numbers.includes(n));
}
