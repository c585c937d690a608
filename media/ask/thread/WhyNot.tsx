import type { VNode } from 'preact';
import type { BlockHit } from '../../../protocol/messages';
import type { ThreadTurn, WhyNotAnswer } from '../../../src/ask/model/state';
import { fill } from '../../../src/ask/model/text';
import { foundBy, score, wholeNumber, type Words } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { post } from '../host';
import { PlaceButton } from './PlaceButton';

/** Why files were not read, for those who asked. */
export function WhyNot({ turn }: { turn: ThreadTurn }): VNode {
  const words = useWords();
  const { strings } = words;
  return (
    <>
      {turn.whyNot.map(({ path, result }, at) => (
        <section key={path} class="why-not" aria-label={strings.whyNot}>
          <p>{verdict({ path, result }, turn, words)}</p>
          <dl>
            {row(strings.whyNotBest, result.best, 'whyNotBest', at)}
            {!wasRead({ path, result }, turn) && row(strings.whyNotLast, result.lastRead, 'whyNotLast', at)}
          </dl>
        </section>
      ))}
    </>
  );

  function row(label: string, hit: BlockHit | null, list: 'whyNotBest' | 'whyNotLast', at: number): unknown {
    if (!hit) return null;
    return (
      <>
        <dt>{label}</dt>
        <dd>
          <PlaceButton
            place={hit}
            onClick={() => {
              post({ type: 'openHit', turnId: turn.id, list, at });
            }}
          />
          <span class="quiet">{evidence(hit, words)}</span>
        </dd>
      </>
    );
  }
}

function verdict({ path, result }: WhyNotAnswer, turn: ThreadTurn, words: Words): string {
  const { strings } = words;
  if (!result.best || result.rank === null) return fill(strings.whyNotNothing, path);
  const [rank, blocks] = [result.rank, result.blocks].map((n) => wholeNumber(n, words));
  return fill(
    wasRead({ path, result }, turn) ? strings.whyNotWasRead : strings.whyNotRank,
    path,
    rank!,
    blocks!,
  );
}

/** Some block of it stood before the answer, if only as another one's neighbour. */
function wasRead({ path }: WhyNotAnswer, { read }: ThreadTurn): boolean {
  return read.some((hit) => hit.path === path);
}

function evidence(hit: BlockHit, words: Words): string {
  const { strings } = words;
  return [
    hit.score > 0 ? fill(strings.score, score(hit.score, words)) : undefined,
    foundBy(hit, strings),
    hit.words.length > 0 ? fill(strings.matchedWords, hit.words.join(', ')) : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
