import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Words } from '../../src/ask/model/words';
import { pageEnglish } from '../../src/ask/strings';

const WordsContext = createContext<Words>({ strings: pageEnglish, language: 'en' });

export const WordsProvider = WordsContext.Provider;

export function useWords(): Words {
  return useContext(WordsContext);
}
