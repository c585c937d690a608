/** The arms that read text anew for every answer. */

import { DraftSource } from '../../server/answering/draft';
import { generate } from '../../server/answering/generate';
import { NewSentences } from '../../server/answering/newSentences';
import type { Run } from '../../server/answering/run';
import { promptOf } from '../../server/answering/speak';
import type { BlockPlace } from '../../server/indexing/workspaceIndex';
import { blockText } from '../../server/text/windows';
import { openLlama, type Llama } from '../rivals/llama';
import type { Answered, Arm } from './arms';
import type { AskedQuestion } from './questions';
import { contextTokens, goldPlaces, speechOf, wordPlaces } from './refed';
import { openModel, threadCount, type OpenModel, type Setup } from './setup';

const never = new AbortController().signal;

type Choose = (run: Run, question: AskedQuestion) => readonly BlockPlace[];

/** What an arm says, as the product would show it: without sentences that come a second time. */
interface Spoken {
  answer: string;
  sentences: string[];
  promptTokens: number;
  generatedTokens: number;
}

type Speak = (run: Run, places: readonly BlockPlace[], question: string) => Promise<Spoken>;

/** The same base through our reader, with the gold blocks read again as text. */
export function openGold(setup: Setup): Arm {
  return openReaderArm(setup, ({ index }, { goldSpans }) => goldPlaces(index, goldSpans));
}

/** The same base without a block: what it knows or guesses. */
export function openNone(setup: Setup): Arm {
  return openReaderArm(setup, () => []);
}

function openReaderArm(setup: Setup, choose: Choose): Arm {
  const model = openModel(setup);
  const arm = openRereading(model, choose, speakByReader);
  const prepare = async (root: string): Promise<void> => {
    // Loading the weights is no part of the first answer.
    await (await model.runOf(root)).host.reader();
  };
  return { ...arm, prepare };
}

/** What one would build in a day: BM25, and a prompt for llama.cpp. */
export async function openBm25(setup: Setup): Promise<Arm> {
  const { contextTokens: size } = setup.model.manifest.layout;
  const llama = await openLlama(setup.ggufPath, { threads: threadCount(setup), contextTokens: size });
  const model = openModel(setup);
  const close = async (): Promise<void> => {
    await llama.close();
    await model.close();
  };
  const speak: Speak = (run, places, question) => speakByLlama(llama, run, places, question);
  return openRereading({ ...model, close }, ({ index }, { question }) => wordPlaces(index, question), speak);
}

/** A model that was opened for tokens alone loads no weights. */
function openRereading({ runOf, close }: OpenModel, choose: Choose, speak: Speak): Arm {
  return {
    prepare: async (root) => {
      await runOf(root);
    },
    answer: async (question) => {
      const run = await runOf(question.root);
      const start = performance.now();
      const places = choose(run, question);
      const { sentences, ...spoken } = await speak(run, places, question.question);
      return answeredOf(places, spoken, sentences, (performance.now() - start) / 1000);
    },
    close,
  };
}

function answeredOf(
  places: readonly BlockPlace[],
  spoken: Omit<Spoken, 'sentences'>,
  sentences: readonly string[],
  seconds: number,
): Answered {
  return {
    ...spoken,
    abstained: false,
    sentences: sentences.map((text) => ({ text: text.trim(), cited: [] })),
    read: places.map((place) => ({
      path: place.file.path,
      startLine: place.startLine,
      endLine: place.endLine,
      text: blockText(place.file, place),
    })),
    seconds,
    citationProblems: [],
  };
}

async function speakByReader(run: Run, places: readonly BlockPlace[], question: string): Promise<Spoken> {
  const { prompt, options } = await promptOf(run, speechOf(question));
  const tokens = [...(await contextTokens(run, places)), ...prompt];
  const reader = await run.host.reader();
  const { tokenizer } = await run.host.text();
  const cache = reader.createCache(Math.min(tokens.length + options.maxTokens, reader.contextTokens));
  try {
    const first = await reader.choiceAfter(tokens, cache, never);
    const said = new NewSentences();
    const sentences: string[] = [];
    const generated = await generate(
      reader,
      tokenizer,
      cache,
      first,
      { ...options, source: new DraftSource([tokens], options.maxTokens), isEnough: () => said.hasRepeated },
      (text) => {
        sentences.push(...said.push(text));
      },
      never,
    );
    sentences.push(...said.finish());
    const counts = { promptTokens: tokens.length, generatedTokens: generated.tokens.length };
    return { answer: said.text.trimEnd(), sentences, ...counts };
  } finally {
    cache.dispose();
  }
}

async function speakByLlama(
  llama: Llama,
  run: Run,
  places: readonly BlockPlace[],
  question: string,
): Promise<Spoken> {
  const { prompt, options } = await promptOf(run, speechOf(question));
  const { tokenizer } = await run.host.text();
  const text = tokenizer.decode([...(await contextTokens(run, places)), ...prompt]);
  const { stopTokens } = run.host.model.manifest.chat;
  const { text: spoken, ...counts } = await llama.generate(text, options.maxTokens, stopTokens);
  const said = new NewSentences();
  const sentences = [...said.push(spoken), ...said.finish()];
  const { promptTokens, generatedTokens } = counts;
  return { answer: said.text.trimEnd(), sentences, promptTokens, generatedTokens };
}
