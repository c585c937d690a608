import { useState } from 'preact/hooks';
import { isSameChoice, scopeChoices } from '../../../src/ask/model/scope';
import type { Environment, ScopeChoice } from '../../../src/ask/model/state';
import { keep, kept } from '../host';

export interface ScopeState {
  choices: readonly ScopeChoice[];
  value: ScopeChoice;
  onChange: (choice: ScopeChoice) => void;
}

/** Which part of the workspace is asked about; kept with the draft. */
export function useScope(environment: Environment): ScopeState {
  const [wanted, setWanted] = useState<ScopeChoice>(() => kept().scope);
  const choices = scopeChoices(environment, wanted);
  // A file that was closed cannot be asked about any more.
  const value = choices.find((choice) => isSameChoice(choice, wanted)) ?? choices[0]!;
  const onChange = (choice: ScopeChoice): void => {
    setWanted(choice);
    keep({ scope: choice });
  };
  return { choices, value, onChange };
}
