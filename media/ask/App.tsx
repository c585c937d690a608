import type { VNode } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { questionHistory } from '../../src/ask/model/threads';
import { activeThread, workingTurn, type AskState } from '../../src/ask/model/state';
import { Announcer } from './Announcer';
import { useCommands, type Commands } from './commands';
import { Composer } from './composer/Composer';
import { useWords } from './context';
import { Notices } from './Notices';
import { ThreadList } from './ThreadList';
import { Transcript } from './thread/Transcript';
import { isAskable, Welcome } from './Welcome';

export function App({ state, commands }: { state: AskState; commands: Commands }): VNode {
  const { strings } = useWords();
  const [showsThreads, setShowsThreads] = useState(false);
  useCommands(commands, ({ type }) => {
    if (type === 'showThreads') setShowsThreads((shown) => !shown);
    if (type === 'focusQuestion') setShowsThreads(false);
  });
  const closeThreads = useCallback(() => {
    setShowsThreads(false);
  }, []);
  const thread = activeThread(state);
  const isEmpty = !thread || thread.turns.length === 0;
  const working = workingTurn(state);
  return (
    <main class={showsThreads ? 'ask shows-threads' : 'ask'}>
      <h1 class="visually-hidden">{thread?.title ?? strings.welcomeTitle}</h1>
      {showsThreads && <ThreadList state={state} onClose={closeThreads} />}
      {!showsThreads && isEmpty && <Welcome environment={state.environment} />}
      {!showsThreads && !isEmpty && <Transcript thread={thread} isBusy={working !== undefined} />}
      <Announcer turn={working ?? thread?.turns.at(-1)} />
      <Notices state={state} isEmpty={isEmpty} />
      {isAskable(state.environment) && (
        <Composer
          key="composer"
          environment={state.environment}
          history={questionHistory(state)}
          isFollowUp={!isEmpty}
          isWorking={working !== undefined}
          commands={commands}
          onAsk={closeThreads}
        />
      )}
    </main>
  );
}
