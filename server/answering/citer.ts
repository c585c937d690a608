import type { AnswerSentence, Citation } from '../../protocol/messages';
import type { BlockPlace } from '../indexing/workspaceIndex';
import { chooseCitations, type CitableBlock } from '../landmark/cite';
import { blockText, textSha256 } from '../text/windows';
import { landmarkQuery } from './route';
import type { Run } from './run';

/** Cites each sentence as it is completed; a block keeps the number of its first citation. */
export class Citer {
  readonly sentences: AnswerSentence[] = [];
  readonly citations: Citation[] = [];
  private readonly numbers = new Map<number, Citation>();
  private readonly texts: string[];

  /** @param places the blocks that were read: nothing else can be cited */
  constructor(
    private readonly run: Run,
    private readonly places: readonly BlockPlace[],
  ) {
    this.texts = places.map((place) => blockText(place.file, place));
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
    if (this.places.length === 0) return [];
    const query = await landmarkQuery(this.run.host, sentence);
    return this.places.map(({ blockIndex }, i) => ({
      text: this.texts[i]!,
      landmarkScore: this.run.index.keys.score(blockIndex, query),
    }));
  }

  private numbered(at: number, score: number): Citation {
    const known = this.numbers.get(at);
    if (known) return known;
    const { file, startLine, endLine } = this.places[at]!;
    const text = this.texts[at]!;
    const sha256 = textSha256(text);
    const citation = {
      n: this.citations.length + 1,
      path: file.path,
      startLine,
      endLine,
      score,
      sha256,
      text,
    };
    this.numbers.set(at, citation);
    this.citations.push(citation);
    return citation;
  }
}
