import { expect, test } from 'vitest';
import { missingNames } from '../../../server/answering/missingNames';
import { finishSteps } from '../../../server/concurrency';
import { LexicalIndex } from '../../../server/landmark/lexical';

const lexical = LexicalIndex.build([
  { path: 'src/httpServer.ts', text: 'class HTTPServer { startListening(port_number) {} }' },
  { path: 'src/config.py', text: 'def load_config(path): pass' },
]);
const everywhere = { mask: undefined };
const told = (question: string): string | undefined => missingNames(question, lexical, everywhere);

test('names of code that stand nowhere are told, as the question spells them', () => {
  expect(told('Who calls stopListening?')).toBe('The workspace holds nothing called `stopListening`.');
  expect(told('How do load_config and `save_config` differ from dump()?')).toBe(
    'The workspace holds nothing called `save_config`, `dump`.',
  );
  expect(told('aOne, bTwo, cThree, dFour, eFive and fSix')).toBe(
    'The workspace holds nothing called `aOne`, `bTwo`, `cThree`, `dFour` (+2).',
  );
});

test('words, and names in another case, are none of them', () => {
  expect(told('How does the frobnicator of a zebra start?')).toBeUndefined();
  expect(told('What does `httpserver` do with PORT_number in startListening()?')).toBeUndefined();
  expect(told('What is `$load_config`?')).toBeUndefined();
});

test('a scope is asked alone', () => {
  const scope = { mask: Uint8Array.of(0, 1) };
  expect(missingNames('What does load_config do?', lexical, scope)).toBeUndefined();
  expect(missingNames('What does startListening do?', lexical, scope)).toBe(
    'The chosen files hold nothing called `startListening`.',
  );
});

test('a name whose last block is gone is missing', () => {
  const edited = finishSteps(lexical.edited(Int32Array.of(0), []));
  expect(missingNames('load_config', edited, everywhere)).toMatch(/nothing called `load_config`/);
});
