import type { VNode } from 'preact';
import type { Step } from '../../src/ask/messages';
import type { Environment } from '../../src/ask/model/state';
import { fill } from '../../src/ask/model/text';
import { useWords } from './context';
import { post } from './host';
import { Icon } from './Icon';

/** Whether a question makes sense at all; without a folder there is nothing to ask about. */
export function isAskable({ folder }: Environment): boolean {
  return folder === 'local';
}

/** A thread without a question yet: what to do first, or what could be asked. */
export function Welcome({ environment }: { environment: Environment }): VNode {
  const { strings } = useWords();
  if (environment.folder === 'none') {
    return (
      <Panel icon="folder" title={strings.noFolderTitle} text={strings.noFolderText}>
        <StepButton step="openFolder" text={strings.openFolder} />
      </Panel>
    );
  }
  if (environment.folder === 'virtual') {
    return <Panel icon="remote" title={strings.virtualTitle} text={strings.virtualText} />;
  }
  if (environment.model === 'missing') {
    return (
      <Panel icon="cloud-download" title={strings.modelMissingTitle} text={strings.modelMissingText}>
        <StepButton step="getModel" text={strings.getModel} />
      </Panel>
    );
  }
  if (environment.model === 'getting') {
    return <Panel icon="cloud-download" title={strings.workFetching} text={strings.modelMissingText} />;
  }
  const problem = environment.model === 'failed' ? fill(strings.modelFailed, environment.modelProblem) : '';
  return (
    <Panel icon="comment-discussion" title={strings.welcomeTitle} text={problem || strings.welcomeText}>
      {problem === '' && <Examples />}
    </Panel>
  );
}

function Panel(props: { icon: string; title: string; text: string; children?: unknown }): VNode {
  return (
    <section class="welcome">
      <div class="welcome-icon">
        <Icon name={props.icon} />
      </div>
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      {props.children as VNode}
    </section>
  );
}

function StepButton({ step, text }: { step: Step; text: string }): VNode {
  return (
    <button
      type="button"
      class="primary"
      onClick={() => {
        post({ type: 'run', step });
      }}
    >
      {text}
    </button>
  );
}

function Examples(): VNode {
  const { strings } = useWords();
  return (
    <ul class="examples" aria-label={strings.examples}>
      {[strings.example1, strings.example2, strings.example3].map((question) => (
        <li key={question}>
          <button
            type="button"
            onClick={() => {
              post({ type: 'ask', question, choice: { kind: 'workspace' }, files: [] });
            }}
          >
            {question}
          </button>
        </li>
      ))}
    </ul>
  );
}
