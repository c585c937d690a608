import type { VNode } from 'preact';
import type { PageMessage } from '../../../src/ask/messages';
import type { PageStrings } from '../../../src/ask/strings';
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
        {isAnswered && turn.citations.length > 0 && (
          <IconButton
            icon={checkIcons[turn.check?.state ?? 'none']}
            isWorking={turn.check?.state === 'running'}
            disabled={isBusy}
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
      <span class="visually-hidden" role="status">
        {checkText(turn, strings)}
      </span>
    </div>
  );
}

const checkIcons = {
  none: 'verified',
  running: 'loading',
  done: 'verified-filled',
  failed: 'verified',
} as const;

/** For those who cannot see the button turn. */
function checkText({ check }: ThreadTurn, strings: PageStrings): string {
  if (!check) return '';
  if (check.state === 'failed') return check.message;
  return check.state === 'running' ? strings.checkingSources : strings.sourcesChecked;
}
