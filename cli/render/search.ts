import type { SearchResult } from '../../protocol/messages';
import { place, type PlaceStyle } from './citations';
import { count, number } from './text';

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** The ranked blocks of one question, best first. */
export function searchList({ blocks, coverage }: SearchResult, style: PlaceStyle): string {
  const { colors } = style;
  const rankWidth = String(blocks.length).length;
  const lines = blocks.map((hit, index) => {
    const landmarkScore = hit.landmarkScore === null ? 'no key yet' : hit.landmarkScore.toFixed(3);
    const ranked = hit.probability === null ? hit.score.toFixed(4) : `${percent(hit.probability)} likely`;
    const scores = `${ranked}  landmark ${landmarkScore}, words ${hit.lexicalScore.toFixed(2)}`;
    return `${String(index + 1).padStart(rankWidth)}  ${place(hit, style)}  ${colors.dim(scores)}\n`;
  });
  const footer =
    `${count(blocks.length, 'block')}. Searched ${number(coverage.lexicalBlocks)} by words, ` +
    `${number(coverage.landmarkBlocks)} by landmarks.`;
  return `${lines.join('')}${colors.dim(footer)}\n`;
}
