import type { AnswerSentence, Citation } from '../../protocol/messages';
import type { BlockPlace } from '../indexing/workspaceIndex';
import { chooseCitations, type CitableBlock } from '../landmark/cite';
import { blockText, textSha256 } from '../text/windows';
import { landmarkQuery } from './route';
import type { Run } from './run';

/** What one citation names: the blocks of the same lines. There is more than one where a line is longer than a block. */
export interface Source {
  place: BlockPlace;
  text: string;
  blockIndices: number[];
}

/** Cites each sentence as it is completed; lines keep the number of their first citation. */
export class Citer {
  readonly sentences: AnswerSentence[] = [];
  readonly citations: Citation[] = [];
  private readonly numbers = new Map<number, Citation>();
  private readonly sources: Source[];

  /** @param places the blocks that were read: nothing else can be cited */
  constructor(
    private readonly run: Run,
    places: readonly BlockPlace[],
  ) {
    this.sources = sourcesOf(places);
  }

  async add(sentence: string): Promise<void> {
    if (!/[\p{L}\p{N}]/u.test(sentence)) return;
    const chosen = chooseCitations(
      sentence,
      await this.scored(sentence),
      this.run.host.model.manifest.thresholds.cite,
    );
    const citations = chosen.map(({ blockIndex, score }) => this.numbered(blockIndex, score));
    const spoken: AnswerSentence = {
      text: sentence.trim(),
      citations: citations.map(({ n }) => n).sort((a, b) => a - b),
    };
    this.sentences.push(spoken);
    this.run.emit({ type: 'sentence', index: this.sentences.length - 1, sentence: spoken, citations });
  }

  private async scored(sentence: string): Promise<CitableBlock[]> {
    if (this.sources.length === 0) return [];
    const query = await landmarkQuery(this.run.host, sentence);
    const { keys } = this.run.index;
    return this.sources.map(({ text, blockIndices }) => ({
      text,
      landmarkScore: Math.max(...blockIndices.map((blockIndex) => keys.score(blockIndex, query))),
    }));
  }

  private numbered(at: number, score: number): Citation {
    const known = this.numbers.get(at);
    if (known) return known;
    const citation = citationOf(this.sources[at]!, this.citations.length + 1, score);
    this.numbers.set(at, citation);
    this.citations.push(citation);
    return citation;
  }
}

export function citationOf(
  { place, text }: Pick<Source, 'place' | 'text'>,
  n: number,
  score: number,
): Citation {
  const { file, startLine, endLine } = place;
  return { n, path: file.path, startLine, endLine, score, sha256: textSha256(text), text };
}

/** In the order of their first blocks. */
export function sourcesOf(places: readonly BlockPlace[]): Source[] {
  const sources = new Map<string, Source>();
  for (const place of places) {
    const { file, startLine, endLine, blockIndex } = place;
    const lines = `${startLine}-${endLine} ${file.path}`;
    const known = sources.get(lines);
    if (known) known.blockIndices.push(blockIndex);
    else sources.set(lines, { place, text: blockText(file, place), blockIndices: [blockIndex] });
  }
  return [...sources.values()];
}
