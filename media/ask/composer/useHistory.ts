import { useRef } from 'preact/hooks';

export interface History {
  /** @returns the question that is shown next, or undefined where the key should do what it usually does */
  step(by: 1 | -1, text: string): string | undefined;
  /** The text was written by hand: the next step begins anew. */
  leave(): void;
}

/** Goes through earlier questions, from an empty input on. */
export function useHistory(questions: readonly string[]): History {
  // -1: not in the history.
  const at = useRef(-1);
  return {
    step: (by, text) => {
      if (at.current < 0 && (by < 0 || text !== '')) return undefined;
      const next = at.current + by;
      if (next >= questions.length) return undefined;
      at.current = next;
      return next < 0 ? '' : questions[next];
    },
    leave: () => {
      at.current = -1;
    },
  };
}
