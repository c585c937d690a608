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
  // A section's own tokens are not the answer; they arrive with the result.
  const quiet: Run = { ...run, emit: () => undefined };
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
  if (sections.length < 2) {
    for (const sentence of sections[0]?.spoken.sentences ?? [])
      run.emit({ type: 'token', text: `${sentence.text} ` });
    return undefined;
  }
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
  const spoken = merge([...(overall ? [overall] : []), ...sections.map((section) => section.spoken)]);
  const blocks = places.length;
  const coverage = { blocks: run.index.blockCount, landmarkBlocks: run.index.keys.count, lexicalBlocks: 0 };
  const read = places.map(unscoredHit);
  return {
    ...resultOf(run, spoken, { read, nearest: [], coverage, notes: [] }),
    answer: (overall ?? sections[0]?.spoken)?.answer ?? '',
    blocksRead: new Set(sections.flatMap((section) => section.places.map(({ blockIndex }) => blockIndex)))
      .size,
    blocksTotal: blocks,
    sections: sections.map((section) => ({
      startLine: section.places[0]!.startLine,
      endLine: section.places.at(-1)!.endLine,
      text: section.spoken.answer,
    })),
  };
}

/** One list of citations over several texts: a block has one number, wherever it is cited. */
function merge(parts: readonly Spoken[]): Spoken {
  const citations: Citation[] = [];
  const sentences: AnswerSentence[] = [];
  for (const part of parts) {
    const numbers = new Map<number, number>();
    for (const citation of part.citations) {
      let known = citations.find(
        ({ path, startLine, sha256 }) =>
          path === citation.path && startLine === citation.startLine && sha256 === citation.sha256,
      );
      if (!known) citations.push((known = { ...citation, n: citations.length + 1 }));
      numbers.set(citation.n, known.n);
    }
    for (const { text, citations: cited } of part.sentences) {
      sentences.push({ text, citations: cited.map((n) => numbers.get(n)!) });
    }
  }
  const sum = (pick: (part: Spoken) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  return {
    answer: parts.map(({ answer }) => answer).join('\n\n'),
    sentences,
    citations,
    promptTokens: sum((part) => part.promptTokens),
    cachedTokens: sum((part) => part.cachedTokens),
    generatedTokens: sum((part) => part.generatedTokens),
    notes: [...new Set(parts.flatMap(({ notes }) => notes))],
  };
}
