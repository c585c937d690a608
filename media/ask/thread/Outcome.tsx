import type { VNode } from 'preact';
import type { CitationChange, ThreadTurn } from '../../../src/ask/model/state';
import { fill } from '../../../src/ask/model/text';
import { useWords } from '../context';
import { post } from '../host';
import { LinkButton, Notice, StepLink } from '../Notices';

/** How a turn ended where that needs saying, and what its reader should know. */
export function Outcome({ turn, isBusy }: { turn: ThreadTurn; isBusy: boolean }): VNode {
  const { strings } = useWords();
  const askAgain = isBusy ? null : (
    <LinkButton
      text={strings.retry}
      onClick={() => {
        post({ type: 'askAgain', turnId: turn.id });
      }}
    />
  );
  const { failure } = turn;
  return (
    <>
      {turn.notes.map((note) => (
        <Notice key={note} icon="info" text={note} />
      ))}
      {turn.changes.map((change) => (
        <Notice key={change.n} icon="history" kind="warning" text={changeText(change)}>
          {askAgain}
        </Notice>
      ))}
      {turn.check?.state === 'failed' && <Notice icon="warning" kind="warning" text={turn.check.message} />}
      {turn.status === 'stopped' && <Notice icon="debug-stop" text={strings.stopped} />}
      {turn.status === 'interrupted' && (
        <Notice icon="debug-disconnect" text={strings.interrupted}>
          {askAgain}
        </Notice>
      )}
      {failure?.kind === 'gone' && (
        <Notice icon="debug-disconnect" kind="warning" text={strings.serverGone}>
          {askAgain}
        </Notice>
      )}
      {failure?.kind === 'modelMissing' && (
        <Notice icon="cloud-download" text={strings.modelMissingTitle}>
          <StepLink step="getModel" text={strings.getModel} />
          {askAgain}
        </Notice>
      )}
      {failure && failure.kind === 'other' && (
        <Notice icon="error" kind="error" text={failure.message}>
          {askAgain}
        </Notice>
      )}
    </>
  );

  function changeText({ n, state }: CitationChange): string {
    const path = turn.citations.find((citation) => citation.n === n)?.path ?? '';
    return fill(strings[state], path);
  }
}
