import type { ProgressPhase, StreamEvent } from '../../protocol/messages';
import { bytes, cut, neutralizeLine, number } from './text';

export type ProgressEvent = Extract<StreamEvent, { type: 'progress' }>;

const words: Record<ProgressPhase, string> = {
  fetch: 'Fetching the base model',
  convert: 'Converting the weights',
  model: 'Loading the model',
  walk: 'Listing files',
  index: 'Indexing windows',
  route: 'Choosing blocks',
  read: 'Reading blocks',
  generate: 'Writing the answer',
};

const barWidth = 24;
/** A long phase says where it is once per tenth, so that a log stays short. */
const milestoneShare = 0.1;

/** One line of at most `columns` characters: words, bar, numbers, and the server's own message. */
export function progressLine(event: ProgressEvent, columns: number): string {
  const parts = [words[event.phase]];
  const share = shareDone(event);
  if (share !== undefined) {
    const filled = Math.round(share * barWidth);
    parts.push(`[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}]`);
  }
  return cut([...parts, ...details(event)].join(' '), columns);
}

/** The line to print where no bar can be drawn; undefined between two milestones. */
export function milestone(previous: ProgressEvent | undefined, event: ProgressEvent): string | undefined {
  const isNewPhase = previous?.phase !== event.phase;
  const step = (of: ProgressEvent): number => Math.floor((shareDone(of) ?? 0) / milestoneShare + 1e-9);
  if (!isNewPhase && step(previous) === step(event)) return undefined;
  return [words[event.phase], ...details(event)].join(' ');
}

function details(event: ProgressEvent): string[] {
  const { done, total, message } = event;
  const inUnits = event.phase === 'fetch' ? bytes : number;
  const numbers = total > 0 ? `${inUnits(done)} of ${inUnits(total)}` : done > 0 ? inUnits(done) : '';
  return [numbers, message === '' ? '' : `(${neutralizeLine(message)})`].filter((part) => part !== '');
}

function shareDone({ done, total }: ProgressEvent): number | undefined {
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : undefined;
}
