import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method, type AnswerResult, type Arm, type AskParams } from '../../protocol/messages';
import { temperatureMax, type SamplingParams } from '../../protocol/sampling';
import { printAnswer } from '../answering';
import type { OnEvent } from '../client';
import { withServer, type CommandContext, type Host } from '../host';
import { jsonEvents, jsonLine } from '../json';
import {
  armOption,
  jsonOption,
  positiveInteger,
  rootOption,
  scopeOf,
  scopeOption,
  seed,
  temperature,
  waitOption,
  type RootOptions,
} from '../options';
import { strengthList } from '../render/strengths';
import { neutralizeLine } from '../render/text';
import { questionFrom } from '../stdin';

interface AskOptions extends RootOptions, SamplingParams {
  arm?: Arm;
  wait?: boolean;
  maxTokens?: number;
  fetchModel?: boolean;
  anyway?: boolean;
  verify?: boolean;
  scope: string[];
}

export function addAsk(program: Command, host: Host): void {
  program
    .command('ask')
    .description('answer a question about a folder, with citations')
    .argument('[question...]', 'the question, or - to read it from standard input')
    .addOption(rootOption())
    .addOption(armOption())
    .addOption(scopeOption())
    .addOption(waitOption())
    .option('--max-tokens <n>', 'most tokens of the answer', positiveInteger)
    .option(
      '--temperature <t>',
      `how freely the answer is drawn, to ${temperatureMax} (default: 0, always the likeliest)`,
      temperature,
    )
    .option('--seed <n>', 'with --temperature: another number, another answer (default: 0)', seed)
    .option('--anyway', 'answer from the nearest places where there seems to be no answer')
    .option('--verify', 'read the answer again without each source, and tell how far it was used')
    .option('--fetch-model', 'fetch and convert the base model first where it is missing')
    .addOption(jsonOption())
    .action(async (words: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<AskOptions>();
      const question = await questionFrom('ask', words, host.interrupt.signal);
      await withServer(host, options, async (context) => {
        if (options.fetchModel) await fetchMissingModel(context, options);
        const params: AskParams = {
          root: resolve(options.root),
          question,
          ...(options.arm === undefined ? {} : { arm: options.arm }),
          wait: options.wait ?? false,
          ...(options.anyway === true && { anyway: true }),
          ...scopeOf(options),
          ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
          ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
          ...(options.seed === undefined ? {} : { seed: options.seed }),
        };
        const result = await printAnswer(context, options, (onEvent) =>
          context.session.request(method.ask, params, onEvent),
        );
        if (options.verify) await verifyAnswer(context, options, params, result);
      });
    });
}

/** Tells what each source is worth; of an answer without sources there is nothing to tell. */
async function verifyAnswer(
  context: CommandContext,
  options: AskOptions,
  { root, question }: AskParams,
  { answer, sentences, citations, read }: AnswerResult,
): Promise<void> {
  if (citations.length === 0) return;
  const { session, terminal, progress } = context;
  const verified = await session.request(
    method.verify,
    { root, question, answer, sentences, citations, read },
    progressEvents(context, options),
  );
  progress.clear();
  if (options.json) terminal.out(jsonLine({ type: 'verified', ...verified }));
  else terminal.out(`\n${strengthList(verified, terminal.colors)}`);
}

/** The one moment this product uses the network, and only because the user said so. */
async function fetchMissingModel(context: CommandContext, options: AskOptions): Promise<void> {
  const { session, terminal, progress } = context;
  const { model } = await session.request(method.status, {});
  if (model.state !== 'missing') return;
  const { note } = await session.request(
    method.modelAdd,
    options.model === undefined ? {} : { package: options.model },
    progressEvents(context, options),
  );
  progress.clear();
  // Not part of the answer, which standard output is for.
  if (note !== undefined) terminal.err(`${neutralizeLine(note)}\n`);
}

/** What is told while nothing is said: events as lines, or a bar. */
function progressEvents({ terminal, progress }: CommandContext, { json }: AskOptions): OnEvent {
  if (json) return jsonEvents(terminal.out);
  return (event) => {
    if (event.type === 'progress') progress.show(event);
  };
}
