import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { limits } from '../../../src/ask/model/limits';
import type { ThreadTurn } from '../../../src/ask/model/state';
import { useWords } from '../context';
import { keep, kept, post, type Kept } from '../host';
import { IconButton } from '../Icon';
import { scopeName } from '../scopeName';

/** What was asked; it can be changed and asked again. */
export function Question({ turn, isBusy }: { turn: ThreadTurn; isBusy: boolean }): VNode {
  const { strings } = useWords();
  const [isEditing, setIsEditing] = useState(() => editOf(turn) !== undefined);
  const { choice, files } = turn.scope;
  const scope = files.length > 0 ? files.join(', ') : scopeName(choice, strings);
  if (isEditing && !isBusy) {
    return (
      <EditQuestion
        turn={turn}
        onDone={() => {
          keep({ edit: null });
          setIsEditing(false);
        }}
      />
    );
  }
  return (
    <div class="question">
      <h2 dir="auto">
        <span class="visually-hidden">{strings.you}: </span>
        {turn.question}
      </h2>
      {(choice.kind !== 'workspace' || files.length > 0) && (
        <p class="quiet scope-asked" title={(turn.scope.paths ?? []).join('\n')}>
          {scope}
        </p>
      )}
      {!isBusy && (
        <IconButton
          icon="edit"
          class="edit"
          label={strings.edit}
          onClick={() => {
            keep({ edit: { turnId: turn.id, text: turn.question } });
            setIsEditing(true);
          }}
        />
      )}
    </div>
  );
}

function editOf(turn: ThreadTurn): Kept['edit'] | undefined {
  const { edit } = kept();
  return edit?.turnId === turn.id ? edit : undefined;
}

function EditQuestion({ turn, onDone }: { turn: ThreadTurn; onDone: () => void }): VNode {
  const { strings } = useWords();
  const [text, setText] = useState(() => editOf(turn)?.text ?? turn.question);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(text.length, text.length);
  }, []);
  const canSend = text.trim() !== '' && text.length <= limits.questionChars;
  const send = (): void => {
    if (!canSend) return;
    post({ type: 'askAgain', turnId: turn.id, question: text.trim() });
    onDone();
  };
  return (
    <div class="edit-question">
      <textarea
        ref={input}
        class="input"
        rows={2}
        aria-label={strings.editLabel}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          keep({ edit: { turnId: turn.id, text: event.currentTarget.value } });
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') onDone();
          if (event.key !== 'Enter' || event.shiftKey) return;
          event.preventDefault();
          send();
        }}
      />
      <div class="buttons">
        <button type="button" class="secondary" onClick={onDone}>
          {strings.cancel}
        </button>
        <button type="button" class="primary" disabled={!canSend} onClick={send}>
          {strings.resend}
        </button>
      </div>
    </div>
  );
}
