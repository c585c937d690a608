import type { AnswerSentence, Citation, SummarizeParams, SummaryResult } from '../../protocol/messages';
import { throwIfCancelled } from '../errors';
import type { BlockPlace } from '../indexing/workspaceIndex';
import { requireKeys, resultOf, speak, unscoredHit, type Run, type Spoken } from './answer';
import { requireFile } from './files';

const sectionTokens = 90;
const overallTokens = 160;
/** Sections whose summaries fit before the overall instruction. */
const sectionsInOverall = 24;

interface Section {
  places: BlockPlace[];
  spoken: Spoken;
}

/** Summarizes a file: every window is read on its own, then the sections are summed up. */
export async function summarize(run: Run, params: SummarizeParams): Promise<SummaryResult> {
  const { index, emit, clock, signal } = run;
  const file = requireFile(index, params.path);
  const windows = index.windows.flatMap(({ path }, windowIndex) => (path === file.path ? [windowIndex] : []));
  const parts = windows.map((windowIndex) =>
    index.blocksOfWindow(windowIndex).map((block) => index.place(block)),
  );
  const places = parts.flat();
  await requireKeys(run, places);
  clock.indexMs = clock.now();
  // The tokens of one section among several are not the answer; they arrive with the result.
  const quiet: Run = parts.length > 1 ? { ...run, emit: () => undefined } : run;
  const sections: Section[] = [];
  for (const [done, part] of parts.entries()) {
    throwIfCancelled(signal);
    const message = `summarizing lines ${part[0]!.startLine} to ${part.at(-1)!.endLine}`;
    emit({ type: 'progress', phase: 'generate', done, total: parts.length, message });
    sections.push({
      places: part,
      spoken: await speak(quiet, part, sectionInstruction(file.path, part), sectionTokens),
    });
  }
  const overall = await overallSummary(run, file.path, parts[0]!, sections);
  return summaryOf(run, overall, sections, places);
}

function sectionInstruction(path: string, part: readonly BlockPlace[]): string {
  return `Summarize lines ${part[0]!.startLine} to ${part.at(-1)!.endLine} of ${path} in one or two sentences. Name only what stands there.`;
}

/** Of a file of one window, its section is the summary. */
async function overallSummary(
  run: Run,
  path: string,
  head: readonly BlockPlace[],
  sections: readonly Section[],
): Promise<Spoken | undefined> {
  if (sections.length < 2) return undefined;
  const step = Math.ceil(sections.length / sectionsInOverall);
  const lines = sections.filter((_, i) => i % step === 0).map(({ spoken }) => `- ${firstSentence(spoken)}`);
  const instruction = `The parts of ${path}, in order:\n${lines.join('\n')}\nSay in two or three sentences what ${path} is for.`;
  return speak(run, head, instruction, overallTokens);
}

function firstSentence({ sentences, answer }: Spoken): string {
  return sentences[0]?.text ?? answer;
}

function summaryOf(
  run: Run,
  overall: Spoken | undefined,
  sections: readonly Section[],
  places: readonly BlockPlace[],
): SummaryResult {
  const [whole, ...parts] = withOneNumbering([
    ...(overall ? [overall] : []),
    ...sections.map(({ spoken }) => spoken),
  ]);
  const partSentences = overall ? parts : [whole!, ...parts];
  const coverage = { blocks: run.index.blockCount, landmarkBlocks: run.index.keys.count, lexicalBlocks: 0 };
  return {
    ...resultOf(run, whole!, { read: places.map(unscoredHit), nearest: [], coverage, notes: [] }),
    blocksRead: new Set(sections.flatMap((section) => section.places.map(({ blockIndex }) => blockIndex)))
      .size,
    blocksTotal: places.length,
    sections: sections.map((section, i) => ({
      startLine: section.places[0]!.startLine,
      endLine: section.places.at(-1)!.endLine,
      sentences: partSentences[i]!.sentences,
    })),
  };
}

/**
 * Numbers the citations of several texts as one list, so that a block has one number wherever it is cited. The
 * first text gets that list, and the counts of all.
 */
function withOneNumbering(texts: readonly Spoken[]): Spoken[] {
  const citations: Citation[] = [];
  const renumbered = texts.map((text) => {
    const numbers = new Map(text.citations.map((citation) => [citation.n, numberIn(citations, citation)]));
    const sentences = text.sentences.map((sentence): AnswerSentence => ({
      text: sentence.text,
      citations: sentence.citations.map((n) => numbers.get(n)!),
    }));
    return { ...text, sentences };
  });
  const sum = (pick: (text: Spoken) => number): number =>
    texts.reduce((total, text) => total + pick(text), 0);
  return renumbered.map((text, i) =>
    i > 0
      ? text
      : {
          ...text,
          citations,
          promptTokens: sum(({ promptTokens }) => promptTokens),
          cachedTokens: sum(({ cachedTokens }) => cachedTokens),
          generatedTokens: sum(({ generatedTokens }) => generatedTokens),
          notes: [...new Set(texts.flatMap(({ notes }) => notes))],
        },
  );
}

/** The number of a block in a list of citations; added where it is new. */
function numberIn(citations: Citation[], citation: Citation): number {
  const same = citations.find(
    ({ path, startLine, sha256 }) =>
      path === citation.path && startLine === citation.startLine && sha256 === citation.sha256,
  );
  if (same) return same.n;
  citations.push({ ...citation, n: citations.length + 1 });
  return citations.length;
}
