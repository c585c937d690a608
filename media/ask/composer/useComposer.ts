import type { TargetedInputEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { limits } from '../../../src/ask/model/limits';
import type { Environment } from '../../../src/ask/model/state';
import { useCommands, type Commands } from '../commands';
import { keep, kept, post, type Draft } from '../host';
import { useEscape } from './useEscape';
import { useFiles } from './useFiles';
import { useHistory } from './useHistory';
import { useScope } from './useScope';

export interface ComposerProps {
  environment: Environment;
  /** Questions that were asked before, latest first. */
  history: readonly string[];
  isFollowUp: boolean;
  isWorking: boolean;
  commands: Commands;
  /** A question was sent: its answer should be seen. */
  onAsk: () => void;
}

/** The draft of a question, its scope, and what the keys do. */
export function useComposer({ environment, history, isWorking, commands, onAsk }: ComposerProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState<Draft>(() => kept().draft);
  const scope = useScope(environment);
  const past = useHistory(history);
  const change = (text: string, files: readonly string[] = draft.files): void => {
    setDraft({ text, files: [...files].slice(0, limits.files) });
  };
  const finder = useFiles(input, commands, (text, caret, path) => {
    change(text, path !== undefined && !draft.files.includes(path) ? [...draft.files, path] : draft.files);
    requestAnimationFrame(() => input.current?.setSelectionRange(caret, caret));
  });
  useEffect(() => {
    keep({ draft });
  }, [draft]);
  useCommands(commands, (command) => {
    if (command.type !== 'focusQuestion') return;
    if (command.text !== undefined) change(command.text);
    if (command.scope) scope.onChange(command.scope);
    input.current?.focus();
  });
  useEscape(isWorking, () => {
    post({ type: 'stop' });
  });
  const question = draft.text.trim();
  const canSend = question !== '' && draft.text.length <= limits.questionChars && !isWorking;

  return { input, draft, change, finder, canSend, send, stop, onInput, onKey, scope };

  function onInput({ currentTarget }: TargetedInputEvent<HTMLTextAreaElement>): void {
    change(currentTarget.value);
    past.leave();
    finder.look();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || finder.takesKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const text = past.step(event.key === 'ArrowUp' ? 1 : -1, draft.text);
      if (text === undefined) return;
      event.preventDefault();
      change(text);
    }
  }

  function send(): void {
    if (!canSend) return;
    post({ type: 'ask', question, choice: scope.value, files: draft.files });
    past.leave();
    change('', []);
    input.current?.focus();
    onAsk();
  }

  function stop(): void {
    post({ type: 'stop' });
    input.current?.focus();
  }
}
