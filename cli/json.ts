import type {
  AnswerResult,
  IndexEstimate,
  IndexReport,
  ModelSummary,
  StreamEvent,
  SummaryResult,
} from '../protocol/messages';

/**
 * One value as one line. DEL, the C1 controls, the bidirectional controls and the line separators are legal
 * in JSON but not harmless on a terminal, so they are written as escapes; parsing gives the same text back.
 */
export function jsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

/**
 * The line that ends `ask`, `explain` and `summarize`, before what `--verify` adds; the citations' texts have travelled in the
 * events before.
 */
export function answerDone(result: AnswerResult | SummaryResult): object {
  const { answer, sentences, citations, abstained, timings, read, nearest, coverage, notes } = result;
  const summary =
    'blocksTotal' in result
      ? { blocksRead: result.blocksRead, blocksTotal: result.blocksTotal, sections: result.sections }
      : {};
  return {
    type: 'done',
    answer,
    sentences,
    citations: citations.map(({ n, path, startLine, endLine, score, sha256 }) => ({
      n,
      path,
      startLine,
      endLine,
      score,
      sha256,
    })),
    abstained,
    timings,
    read,
    nearest,
    coverage,
    notes,
    ...summary,
  };
}

export function done(result: IndexReport | IndexEstimate | ModelSummary): object {
  return { type: 'done', ...result };
}

/** Writes each event as a line. */
export function jsonEvents(write: (text: string) => void): (event: StreamEvent) => void {
  return (event) => {
    write(jsonLine(event));
  };
}
