import type { VNode } from 'preact';
import type { ThreadTurn } from '../../../src/ask/model/state';
import { currentStep, doneSteps } from '../../../src/ask/model/words';
import { useWords } from '../context';
import { Icon } from '../Icon';

/** What happens while there is no answer yet, in words and numbers. */
export function WorkLine({ turn }: { turn: ThreadTurn }): VNode {
  const words = useWords();
  const steps = doneSteps(turn, words);
  const current = currentStep(turn, words);
  return (
    <div class="work">
      <Icon name="loading" spins />
      <ul>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
        {current !== undefined && <li class="current">{current}…</li>}
      </ul>
    </div>
  );
}
