import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Thread } from '../../../src/ask/model/state';
import { TurnView } from './TurnView';

/** So near to the end, a reader follows the answer. */
const followPx = 48;

/** Questions and answers of one thread. */
export function Transcript({ thread, isBusy }: { thread: Thread; isBusy: boolean }): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const last = thread.turns.at(-1);
  const shown = `${thread.id} ${last?.id}`;
  const before = useRef('');
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    // A new question, or another thread, is shown from its end; else only who is there already stays there.
    if (before.current !== shown || follows.current) element.scrollTop = element.scrollHeight;
    before.current = shown;
  });
  return (
    <div
      ref={scroller}
      class="transcript"
      role="region"
      aria-label={thread.title}
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        const { scrollHeight, scrollTop, clientHeight } = currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < followPx;
      }}
    >
      {thread.turns.map((turn) => (
        <TurnView key={turn.id} turn={turn} isBusy={isBusy} />
      ))}
    </div>
  );
}
