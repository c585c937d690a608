import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AskState, Thread } from '../../src/ask/model/state';
import { searchThreads } from '../../src/ask/model/threads';
import { counted } from '../../src/ask/model/words';
import { useWords } from './context';
import { post } from './host';
import { IconButton } from './Icon';

/** All threads of the workspace, in place of the one that is open. */
export function ThreadList({ state, onClose }: { state: AskState; onClose: () => void }): VNode {
  const { strings } = useWords();
  const [query, setQuery] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    search.current?.focus();
  }, []);
  const found = searchThreads(state.threads, query);
  return (
    <section
      class="threads"
      aria-label={strings.threads}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div class="threads-head">
        <IconButton icon="arrow-left" label={strings.closeThreads} onClick={onClose} />
        <input
          ref={search}
          type="text"
          class="input"
          value={query}
          placeholder={strings.searchThreads}
          aria-label={strings.searchThreads}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
          }}
        />
      </div>
      {found.length === 0 && (
        <p class="quiet">{state.threads.length === 0 ? strings.noThreads : strings.noThreadsFound}</p>
      )}
      <ul>
        {found.map((thread) => (
          <ThreadRow
            key={thread.id}
            thread={thread}
            isActive={thread.id === state.activeThreadId}
            onOpen={onClose}
          />
        ))}
      </ul>
    </section>
  );
}

function ThreadRow(props: { thread: Thread; isActive: boolean; onOpen: () => void }): VNode {
  const { thread, isActive, onOpen } = props;
  const words = useWords();
  const { strings } = words;
  const [isRenaming, setIsRenaming] = useState(false);
  if (isRenaming) {
    return (
      <li class="thread-row">
        <RenameInput
          thread={thread}
          onDone={() => {
            setIsRenaming(false);
          }}
        />
      </li>
    );
  }
  return (
    <li class={isActive ? 'thread-row active' : 'thread-row'}>
      <button
        type="button"
        class="thread-open"
        title={thread.title}
        aria-current={isActive ? 'true' : undefined}
        onClick={() => {
          post({ type: 'openThread', threadId: thread.id });
          onOpen();
        }}
      >
        <span class="thread-title" dir="auto">
          {thread.title}
        </span>
        <span class="quiet">
          {counted(thread.turns.length, strings.questionOne, strings.questionMany, words)}
        </span>
      </button>
      <span class="row-actions">
        <IconButton
          icon="edit"
          label={strings.renameThread}
          onClick={() => {
            setIsRenaming(true);
          }}
        />
        <IconButton
          icon="export"
          label={strings.exportThread}
          onClick={() => {
            post({ type: 'exportThread', threadId: thread.id });
          }}
        />
        <IconButton
          icon="trash"
          label={strings.deleteThread}
          onClick={() => {
            post({ type: 'deleteThread', threadId: thread.id });
          }}
        />
      </span>
    </li>
  );
}

function RenameInput({ thread, onDone }: { thread: Thread; onDone: () => void }): VNode {
  const { strings } = useWords();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  return (
    <input
      ref={input}
      type="text"
      class="input"
      aria-label={strings.threadTitle}
      defaultValue={thread.title}
      onBlur={onDone}
      onKeyDown={(event) => {
        if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
        event.preventDefault();
        const title = event.currentTarget.value;
        if (event.key === 'Enter') post({ type: 'renameThread', threadId: thread.id, title });
        onDone();
      }}
    />
  );
}
