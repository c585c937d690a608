import type { ComponentChildren, VNode } from 'preact';
import { activeThread, type AskState } from '../../src/ask/model/state';
import { fill } from '../../src/ask/model/text';
import type { Step } from '../../src/ask/messages';
import { useWords } from './context';
import { post } from './host';
import { Icon, IconButton } from './Icon';

/** What the reader should know before asking, in one quiet line each. */
export function Notices({ state, isEmpty }: { state: AskState; isEmpty: boolean }): VNode {
  const { strings } = useWords();
  const { environment, deleted } = state;
  // A folder that is not trusted cannot be indexed; the notice of that says what helps.
  const canIndex = environment.folder === 'local' && environment.model === 'ready' && environment.isTrusted;
  // The last question says so itself.
  const saysMissing = activeThread(state)?.turns.at(-1)?.failure?.kind === 'modelMissing';
  return (
    <div class="notices" role="status">
      {deleted && (
        <Notice icon="trash" text={fill(strings.threadDeleted, deleted.title)}>
          <LinkButton
            text={strings.undo}
            onClick={() => {
              post({ type: 'bringThreadBack' });
            }}
          />
          <IconButton
            icon="close"
            label={strings.dismiss}
            onClick={() => {
              post({ type: 'forgetDeleted' });
            }}
          />
        </Notice>
      )}
      {!environment.isTrusted && environment.folder === 'local' && (
        <Notice icon="shield" text={strings.untrusted}>
          <StepLink step="manageTrust" text={strings.manageTrust} />
        </Notice>
      )}
      {environment.model === 'missing' && !isEmpty && !saysMissing && (
        <Notice icon="cloud-download" text={strings.modelMissingTitle}>
          <StepLink step="getModel" text={strings.getModel} />
        </Notice>
      )}
      {canIndex && (environment.index === 'none' || environment.index === 'partial') && (
        <Notice icon="info" text={environment.index === 'none' ? strings.indexNone : strings.indexPartial}>
          <StepLink step="buildIndex" text={strings.buildIndex} />
        </Notice>
      )}
    </div>
  );
}

export function Notice(props: {
  icon: string;
  text: string;
  kind?: 'warning' | 'error';
  children?: ComponentChildren;
}): VNode {
  return (
    <p class={`notice ${props.kind ?? ''}`}>
      <Icon name={props.icon} />
      <span class="notice-text" dir="auto">
        {props.text}
      </span>
      {props.children}
    </p>
  );
}

export function LinkButton({ text, onClick }: { text: string; onClick: () => void }): VNode {
  return (
    <button type="button" class="link" onClick={onClick}>
      {text}
    </button>
  );
}

export function StepLink({ step, text }: { step: Step; text: string }): VNode {
  return (
    <LinkButton
      text={text}
      onClick={() => {
        post({ type: 'run', step });
      }}
    />
  );
}
