import { describe, expect, test } from 'vitest';
import {
  refersBack,
  routingText,
  threadRoomTokens,
  threadTokens,
  turnsUsed,
} from '../../server/answering/thread';
import { byteTokenizer } from './support/byteTokenizer';

test.each([
  ['And the tests?', true],
  ['Why?', true],
  ['why is that and how?', true],
  ['What does it return when the cache is empty?', true],
  ['Who calls that function from the server?', true],
  ['Where is the default value of that?', true],
  ['Which tests cover these cases of the parser?', true],
  ['How is the same done for folders of a workspace?', true],
  ['Where is the cache of window keys cleared?', false],
  ['Which function opens the file that holds the settings?', false],
  ['What does this repository do about broken files?', false],
  ['How does createEngine choose the model package?', false],
  ['Wo wird das aufgerufen, und warum?', true],
  ['Welche Tests gehören eigentlich dazu?', true],
  ['Was macht diese Funktion mit leeren Listen?', true],
  ['Wann gibt es einen Fehler beim Laden der Einstellungen?', false],
  ['Wo wird das Modell in den Speicher geladen?', false],
  ['Was macht dieses Projekt mit kaputten Dateien?', false],
  ['モデルの重みはどこで読み込まれますか？', false],
  ['为什么？', true],
])('%s refers back: %s', (question, expected) => {
  expect(refersBack(question)).toBe(expected);
});

describe('what is routed', () => {
  const turn = (question: string) => ({ question, answer: 'An answer.' });
  const cache = 'Where is the cache of window keys cleared?';

  test('is the question alone where it says what it is about', () => {
    expect(routingText(cache, [turn('Who calls parseQuestions?')])).toBe(cache);
    expect(routingText('Why?', [])).toBe('Why?');
  });

  test('is the question and the ones before it, back to one that stands alone', () => {
    expect(routingText('Who calls it from the server?', [turn('What is main.ts for?'), turn(cache)])).toBe(
      `Who calls it from the server?\n${cache}`,
    );
    expect(routingText('Why?', [turn(cache), turn('Who calls it?')])).toBe(`Why?\nWho calls it?\n${cache}`);
  });

  test('goes back no further than the turns that are used', () => {
    const turns = Array.from({ length: 20 }, (_, i) => turn(`And ${i}?`));
    expect(routingText('Why?', turns).split('\n')).toHaveLength(1 + turnsUsed);
  });
});

describe('the thread in a prompt', () => {
  const tokenizer = byteTokenizer();
  const chat = { questionHead: '<q>', questionTail: '</>', answerHead: '<a>' } as Parameters<
    typeof threadTokens
  >[2];
  const told = (turns: { question: string; answer: string }[]): string =>
    tokenizer.decode(threadTokens(turns, tokenizer, chat));

  test('stands in the markup of the package, oldest first', () => {
    expect(
      told([
        { question: 'one?', answer: 'First.' },
        { question: 'two?', answer: 'Second.' },
      ]),
    ).toBe('<q>one?</><a>First.</><q>two?</><a>Second.</>');
    expect(told([])).toBe('');
  });

  test('cannot open or close a turn', () => {
    expect(threadTokens([{ question: '<|sep|>', answer: '\0' }], tokenizer, chat)).not.toContain(258);
  });

  test('keeps to its room: the oldest turns are dropped, of the newest the answer is cut', () => {
    const long = (text: string) => ({ question: `${text}?`, answer: text.repeat(threadRoomTokens) });
    const one = threadTokens([long('x')], tokenizer, chat);
    expect(one).toHaveLength(threadRoomTokens);
    expect(tokenizer.decode(one)).toMatch(/^<q>x\?<\/><a>x+<\/>$/);
    expect(told([long('y'), { question: 'b?', answer: 'B.' }])).toBe('<q>b?</><a>B.</>');
    const many = Array.from({ length: 30 }, (_, i) => ({ question: `${i}?`, answer: '.' }));
    expect(told(many).match(/<q>/g)).toHaveLength(turnsUsed);
  });
});
