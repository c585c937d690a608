import type { VNode } from 'preact';
import type { PageMessage } from '../../../src/ask/messages';
import type { ThreadTurn } from '../../../src/ask/model/state';
import { doneSteps, readLine } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { post } from '../host';
import { IconButton } from '../Icon';

/** What the answer was made from, and what can be done with it. */
export function TurnFooter({ turn, isBusy }: { turn: ThreadTurn; isBusy: boolean }): VNode | null {
  const words = useWords();
  const { strings } = words;
  const act = (message: PageMessage) => () => {
    post(message);
  };
  const hasText = turn.text !== '';
  const isAnswered = turn.status === 'answered';
  // Where it went wrong, the same stands beside what went wrong.
  const canRetry = isAnswered || turn.status === 'stopped';
  if (!hasText && !canRetry && turn.read.length === 0) return null;
  return (
    <div class="turn-footer">
      {turn.read.length > 0 && (
        <button
          type="button"
          class="link read-line"
          title={[strings.readLineTitle, ...doneSteps(turn, words)].join('\n')}
          onClick={act({ type: 'showRead', turnId: turn.id })}
        >
          {readLine(turn, words)}
        </button>
      )}
      <span class="turn-actions">
        {hasText && (
          <IconButton
            icon="copy"
            label={strings.copyAnswer}
            onClick={act({ type: 'copyAnswer', turnId: turn.id, form: 'plain' })}
          />
        )}
        {hasText && turn.citations.length > 0 && (
          <IconButton
            icon="references"
            label={strings.copyWithCitations}
            onClick={act({ type: 'copyAnswer', turnId: turn.id, form: 'withCitations' })}
          />
        )}
        {isAnswered && turn.citations.length > 0 && turn.check?.state !== 'done' && (
          <IconButton
            icon={turn.check?.state === 'running' ? 'loading' : 'verified'}
            spins={turn.check?.state === 'running'}
            disabled={isBusy || turn.check?.state === 'running'}
            label={turn.check?.state === 'running' ? strings.checkingSources : strings.checkSources}
            onClick={act({ type: 'checkSources', turnId: turn.id })}
          />
        )}
        {isAnswered && (
          <IconButton
            icon="question"
            label={strings.whyNot}
            onClick={act({ type: 'whyNot', turnId: turn.id })}
          />
        )}
        {!isBusy && canRetry && (
          <IconButton
            icon="refresh"
            label={strings.retry}
            onClick={act({ type: 'askAgain', turnId: turn.id })}
          />
        )}
      </span>
    </div>
  );
}
