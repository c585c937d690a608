import type { VNode } from 'preact';
import { limits } from '../../../src/ask/model/limits';
import { fill, splitPath } from '../../../src/ask/model/text';
import { wholeNumber } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { Icon, IconButton } from '../Icon';
import { FileMenu, optionId } from './FileMenu';
import { ScopePicker } from './ScopePicker';
import { useComposer, type ComposerProps } from './useComposer';

/** Where questions are written. The focus stays here while an answer comes. */
export function Composer(props: ComposerProps): VNode {
  const { strings } = useWords();
  const { input, draft, change, finder, canSend, send, stop, onInput, onKey, scope } = useComposer(props);
  const isTooLong = draft.text.length > limits.questionChars;
  return (
    <div class="composer">
      <FileMenu finder={finder} />
      <div class={isTooLong ? 'composer-box invalid' : 'composer-box'}>
        <FileChips
          files={draft.files}
          onChange={(files) => {
            change(draft.text, files);
          }}
        />
        <textarea
          ref={input}
          rows={1}
          value={draft.text}
          placeholder={props.isFollowUp ? strings.followUpPlaceholder : strings.askPlaceholder}
          title={strings.askHint}
          aria-label={strings.askLabel}
          aria-describedby="question-length"
          aria-autocomplete="list"
          aria-controls={finder.isOpen ? 'file-menu' : undefined}
          aria-activedescendant={finder.isOpen ? optionId(finder.active) : undefined}
          onInput={onInput}
          onBlur={finder.close}
          onKeyDown={onKey}
        />
        <div class="composer-row">
          <ScopePicker {...scope} isOff={draft.files.length > 0} />
          <IconButton icon="mention" label={strings.addFile} onClick={finder.start} />
          <span class="spacer" />
          {props.isWorking ? (
            <IconButton icon="debug-stop" class="send" label={strings.stop} onClick={stop} />
          ) : (
            <IconButton icon="send" class="send" label={strings.send} disabled={!canSend} onClick={send} />
          )}
        </div>
      </div>
      <LengthNote length={draft.text.length} />
    </div>
  );
}

function FileChips(props: { files: readonly string[]; onChange: (files: string[]) => void }): VNode | null {
  const { files, onChange } = props;
  const { strings } = useWords();
  if (files.length === 0) return null;
  return (
    <ul class="chips" aria-label={strings.onlyTheseFiles} title={strings.onlyTheseFiles}>
      {files.map((path) => (
        <li key={path} class="chip" title={path}>
          <span class="chip-text">{splitPath(path).name}</span>
          <IconButton
            icon="close"
            label={fill(strings.removeFile, path)}
            onClick={() => {
              onChange(files.filter((file) => file !== path));
            }}
          />
        </li>
      ))}
    </ul>
  );
}

/** Said in words, and only when it matters. */
function LengthNote({ length }: { length: number }): VNode {
  const words = useWords();
  const { strings } = words;
  const most = limits.questionChars;
  const [shown, all] = [wholeNumber(length, words), wholeNumber(most, words)];
  const text =
    length > most
      ? fill(strings.tooLong, shown, all, wholeNumber(length - most, words))
      : length > most * 0.9
        ? fill(strings.nearLimit, shown, all)
        : '';
  return (
    <p id="question-length" class={length > most ? 'length-note error' : 'length-note'} role="status">
      {text !== '' && length > most && <Icon name="error" />} {text}
    </p>
  );
}
