import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ThreadTurn } from '../../src/ask/model/state';
import { useWords } from './context';

/** Sentences stay here only until they have been spoken. */
const keptSentences = 3;

interface Said {
  turnId: string | undefined;
  sentences: number;
  status: ThreadTurn['status'] | undefined;
}

/** Speaks an answer sentence by sentence: the answer itself changes with every token, which nobody could follow. */
export function Announcer({ turn }: { turn: ThreadTurn | undefined }): VNode {
  const { strings } = useWords();
  const [spoken, setSpoken] = useState<{ key: string; text: string }[]>([]);
  const said = useRef<Said>({
    turnId: turn?.id,
    sentences: turn?.sentences.length ?? 0,
    status: turn?.status,
  });
  useEffect(() => {
    const { turnId, sentences, status } = said.current;
    const isSame = turn?.id === turnId;
    const isStart = !isSame && turn?.status === 'working';
    // A thread that is opened is there to be read, not to be announced.
    const news = turn && (isSame || isStart) ? turn.sentences.slice(isSame ? sentences : 0) : [];
    const lines = news.map(({ text }) => text.replaceAll(/[*_`#|]/g, ' '));
    if (isStart) lines.unshift(strings.answering);
    if (isSame && status === 'working' && turn && turn.status !== 'working') lines.push(ending(turn));
    said.current = { turnId: turn?.id, sentences: turn?.sentences.length ?? 0, status: turn?.status };
    if (lines.length === 0) return;
    setSpoken((before) =>
      [
        ...before,
        ...lines.map((text, i) => ({ key: `${turn?.id}-${turn?.sentences.length}-${i}`, text })),
      ].slice(-keptSentences),
    );
  }, [turn]);
  return (
    <div class="visually-hidden" role="log" aria-live="polite" aria-label={strings.answerLabel}>
      {spoken.map(({ key, text }) => (
        <p key={key}>{text}</p>
      ))}
    </div>
  );

  function ending({ status, failure, abstained, text }: ThreadTurn): string {
    if (status === 'failed') return failure?.kind === 'gone' ? strings.serverGone : (failure?.message ?? '');
    if (status === 'stopped') return strings.stopped;
    return abstained ? text : strings.answerDone;
  }
}
