import { memo } from 'preact/compat';
import type { VNode } from 'preact';
import type { ThreadTurn } from '../../../src/ask/model/state';
import { namesNearest } from '../../../src/ask/model/turn';
import { strengthText } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { post } from '../host';
import { LinkButton } from '../Notices';
import { AnswerBody } from './AnswerBody';
import { Outcome } from './Outcome';
import { PlaceButton } from './PlaceButton';
import { Question } from './Question';
import { TurnFooter } from './TurnFooter';
import { WhyNot } from './WhyNot';
import { WorkLine } from './WorkLine';

interface TurnProps {
  turn: ThreadTurn;
  /** An answer is coming, so that nothing else can be asked. */
  isBusy: boolean;
}

/** One question and its answer. Turns that did not change are not drawn again while another one streams. */
export const TurnView = memo(function TurnView({ turn, isBusy }: TurnProps): VNode {
  const { strings } = useWords();
  const isOver = turn.status !== 'working';
  return (
    <article class="turn" aria-label={turn.question}>
      <Question turn={turn} isBusy={isBusy} />
      {!isOver && <WorkLine turn={turn} />}
      {turn.text !== '' && <AnswerBody turn={turn} />}
      {namesNearest(turn) && (
        <div class="nearest">
          <p>{turn.abstained ? strings.nearest : strings.nearestByWords}</p>
          <ul class="places">
            {turn.nearest.map((hit, at) => (
              <li key={at}>
                <PlaceButton
                  place={hit}
                  onClick={() => {
                    post({ type: 'openHit', turnId: turn.id, list: 'nearest', at });
                  }}
                />
              </li>
            ))}
          </ul>
          {turn.abstained && !isBusy && (
            <LinkButton
              text={strings.answerAnyway}
              onClick={() => {
                post({ type: 'askAgain', turnId: turn.id, anyway: true });
              }}
            />
          )}
        </div>
      )}
      <Sources turn={turn} />
      <Outcome turn={turn} isBusy={isBusy} />
      {isOver && <TurnFooter turn={turn} isBusy={isBusy} />}
      <WhyNot turn={turn} />
    </article>
  );
});

/** The places that the answer cites, for those who would rather read a list than look for numbers. */
function Sources({ turn }: { turn: ThreadTurn }): VNode | null {
  const words = useWords();
  const { strings } = words;
  if (turn.citations.length === 0 || turn.status === 'working') return null;
  return (
    <ul class="places sources" aria-label={strings.sources}>
      {turn.citations.map((citation) => (
        <li key={citation.n}>
          <PlaceButton
            place={citation}
            n={citation.n}
            detail={strengthText(turn.check, citation.n, words)}
            onClick={() => {
              post({ type: 'openCitation', turnId: turn.id, n: citation.n });
            }}
          />
        </li>
      ))}
    </ul>
  );
}
