/** The page of the Ask panel on its own: what it shows in each state, for the eye, the keyboard and the ear. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyState, type Action, type AskState } from '../../../src/ask/model/state';
import type { PageTheme } from './themeVariables';
import {
  after,
  answer,
  answerParts,
  asked,
  citations,
  environment,
  hit,
  read,
  sentences,
} from '../../unit/ask/support/samples';
import { AskPageBrowser } from './askPage';

const themes: readonly PageTheme[] = ['light', 'dark', 'highContrast'];
const question = 'How does Flask push a request context, and who pops it again?';
const answered: Action[] = [asked('t1', question), { type: 'answered', turnId: 't1', result: answer() }];
const routed: Action = {
  type: 'streamed',
  turnId: 't1',
  event: {
    type: 'routed',
    blocks: read,
    coverage: { blocks: 5_312, landmarkBlocks: 5_312, lexicalBlocks: 5_312 },
  },
};
const streaming: Action[] = [
  asked('t1', question),
  routed,
  {
    type: 'streamed',
    turnId: 't1',
    event: { type: 'context', promptTokens: 1_503, cachedTokens: 1_420, contextTokens: 8_191 },
  },
  { type: 'spoken', turnId: 't1', text: `${answerParts[0]} `, tokens: 20, atMs: 1_000 },
  { type: 'spoken', turnId: 't1', text: answerParts[1]!.slice(0, 40), tokens: 8, atMs: 3_000 },
  {
    type: 'streamed',
    turnId: 't1',
    event: { type: 'sentence', index: 0, sentence: sentences[0]!, citations: [citations[0]!] },
  },
];

/** Every state that a user can meet, by the name of its picture. */
const states: Record<string, AskState> = {
  empty: after([]),
  working: after([asked('t1', question), routed]),
  streaming: after(streaming),
  answered: after(answered),
  checking: after([...answered, { type: 'sourcesChecked', turnId: 't1', check: { state: 'running' } }]),
  checked: after([
    ...answered,
    {
      type: 'sourcesChecked',
      turnId: 't1',
      check: {
        state: 'done',
        strengths: [
          { sentence: 0, n: 1, fall: 0.41, strength: 'strong' },
          { sentence: 1, n: 1, fall: 0.03, strength: 'some' },
          { sentence: 1, n: 2, fall: 0.001, strength: 'none' },
        ],
      },
    },
  ]),
  abstained: after([
    asked('t1', 'Which database migrations run at start?'),
    {
      type: 'answered',
      turnId: 't1',
      result: answer({
        answer: 'The workspace does not seem to contain an answer to this.',
        sentences: [],
        citations: [],
        abstained: true,
        read: [],
        nearest: [
          hit('src/flask/cli.py', 120),
          hit('examples/tutorial/flaskr/database/migrations/versions/init_schema_and_seed_data.py', 1040),
        ],
      }),
    },
  ]),
  'server-gone': after([
    ...streaming,
    { type: 'failed', turnId: 't1', failure: { kind: 'gone', message: 'gone' } },
  ]),
  'model-missing': emptyState({ ...environment, model: 'missing' }),
  'no-folder': emptyState({ ...environment, folder: 'none' }),
  virtual: emptyState({ ...environment, folder: 'virtual' }),
  untrusted: emptyState({ ...environment, isTrusted: false, index: 'none' }),
  failed: after([
    asked('t1', question),
    {
      type: 'failed',
      turnId: 't1',
      failure: { kind: 'other', message: 'The index is broken; rebuild it.' },
    },
  ]),
  'by-words': after([
    asked('t1', question),
    {
      type: 'failed',
      turnId: 't1',
      failure: { kind: 'modelMissing', message: 'The model is not on this machine yet.' },
      nearest: [hit('src/flask/ctx.py', 367), hit('src/flask/app.py', 1466)],
    },
  ]),
  'why-not': after([
    ...answered,
    { type: 'citationChecked', turnId: 't1', n: 2, state: 'changed' },
    {
      type: 'whyNotAnswered',
      turnId: 't1',
      answer: {
        path: 'src/flask/sansio/scaffold.py',
        result: {
          best: hit('src/flask/sansio/scaffold.py', 220, { score: 0.0211, landmarkRank: 43 }),
          rank: 43,
          blocks: 5_312,
          lastRead: hit('src/flask/app.py', 900),
        },
      },
    },
    asked('t2', 'And with `async` views?', { atMs: 9_000 }),
    {
      type: 'answered',
      turnId: 't2',
      result: answer({ notes: ['The answer was cut at its limit of 320 tokens.'] }),
    },
  ]),
};

let browser: AskPageBrowser;
beforeAll(async () => {
  browser = await AskPageBrowser.launch();
});
afterAll(async () => {
  await browser.close();
});

describe.each(themes)('in the theme %s', (theme) => {
  it.each(Object.keys(states))('shows the state "%s" without a fault', async (name) => {
    const page = await browser.open({ state: states[name]!, theme });
    await page.settle();
    await page.screenshot(`ask-page-${name}-${theme}`);
    expect(await page.violations()).toEqual([]);
    expect(page.errors).toEqual([]);
    await page.close();
  });
});
