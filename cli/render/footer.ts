import type { AnswerResult, AnswerSentence, SummaryResult } from '../../protocol/messages';
import type { Colors } from '../terminal';
import { unsupportedMark } from './answer';
import { citationList, nearestList, type PlaceStyle } from './citations';
import { count, duration, neutralize, neutralizeLine, number } from './text';

const abstention = 'The workspace does not seem to contain an answer.';

/** Everything below the answer itself. */
export function belowAnswer(result: AnswerResult | SummaryResult, style: PlaceStyle): string {
  const parts = [
    // Nothing was streamed: the server says it in the result alone.
    result.abstained ? `${neutralize(result.answer).trim() || abstention}\n` : '',
    'sections' in result ? sectionList(result, style.colors) : '',
    citationList(result.citations, style),
    result.abstained ? nearestList(result.nearest, style) : '',
    footer(result, style.colors),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function sectionList(result: SummaryResult, colors: Colors): string {
  const lines = result.sections.map((section) => {
    const { title, path, startLine, endLine, sentences } = section;
    // A section of a folder is called after its file.
    const name = title === '' || title === path ? title : `${title} `;
    const place = title === path ? '' : `${startLine}-${endLine}`;
    const told = sentences.map(cited).join(' ').replace(/\n/g, '\n    ');
    return `  ${colors.bold(`${neutralizeLine(name)}${place}`)}  ${told}\n`;
  });
  return `${lines.join('')}Read ${number(result.blocksRead)} of ${count(result.blocksTotal, 'block')}.\n`;
}

function cited({ text, citations }: AnswerSentence): string {
  const marks = citations.length === 0 ? unsupportedMark : citations.map((n) => `[${n}]`).join('');
  return `${neutralize(text).trim()} ${marks}`;
}

function footer(result: AnswerResult, colors: Colors): string {
  const isUnsupported = ({ citations }: { citations: number[] }): boolean => citations.length === 0;
  const lines = [
    ...(!result.abstained && result.sentences.some(isUnsupported)
      ? [`${unsupportedMark} Nothing that was read supports this sentence.`]
      : []),
    ...result.notes.map((note) => neutralize(note)),
    statistics(result),
  ];
  return lines.map((line) => `${colors.dim(line)}\n`).join('');
}

/** What was searched, what was read, how fast. */
export function statistics({ coverage, read, timings }: AnswerResult): string {
  const fileCount = new Set(read.map((hit) => hit.path)).size;
  const encodedTokens = timings.promptTokens - timings.cachedTokens;
  const generateMs = timings.totalMs - timings.firstTokenMs;
  const sentences = [
    `Searched ${count(coverage.lexicalBlocks, 'block')} by words, ${number(coverage.landmarkBlocks)} by landmarks.`,
    `Read ${count(read.length, 'block')} in ${count(fileCount, 'file')}, ` +
      `${count(timings.cachedTokens, 'token')} from cache, ${number(encodedTokens)} encoded.`,
  ];
  if (timings.generatedTokens > 0) {
    const speed =
      generateMs > 0 ? `, ${number(timings.generatedTokens / (generateMs / 1_000))} tokens/s` : '';
    sentences.push(`First token ${duration(timings.firstTokenMs)}${speed}.`);
  }
  return sentences.join(' ');
}
