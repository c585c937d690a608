import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method, type Arm, type SearchResult } from '../../protocol/messages';
import { failure } from '../failures';
import { withServer, type Host } from '../host';
import { jsonLine } from '../json';
import {
  armOption,
  jsonOption,
  positiveInteger,
  rootOption,
  scopeOf,
  scopeOption,
  waitOption,
  type RootOptions,
} from '../options';
import { readQuestions, type Question } from '../questions';
import { searchList } from '../render/search';
import { neutralize } from '../render/text';
import { questionFrom } from '../stdin';
import type { Terminal } from '../terminal';

interface SearchOptions extends RootOptions {
  arm?: Arm;
  wait?: boolean;
  top?: number;
  questions?: string;
  scope: string[];
}

export function addSearch(program: Command, host: Host): void {
  program
    .command('search')
    .description('rank the blocks of a folder for one question or a file of questions')
    .argument('[question...]', 'the question, or - to read it from standard input')
    .addOption(rootOption())
    .option('--questions <file>', 'a file with one {"id": …, "question": …} a line')
    .option('--top <n>', 'how many blocks to print (default: 50)', positiveInteger)
    .addOption(armOption())
    .addOption(scopeOption())
    .addOption(waitOption())
    .addOption(jsonOption())
    .action(async (words: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<SearchOptions>();
      const questions = await questionsFrom(words, options, host.interrupt.signal);
      await withServer(host, options, async ({ session, terminal, progress }) => {
        const asked = {
          root: resolve(options.root),
          ...(options.top === undefined ? {} : { top: options.top }),
          ...(options.arm === undefined ? {} : { arm: options.arm }),
          wait: options.wait ?? false,
          ...scopeOf(options),
        };
        for (const question of questions) {
          const result = await session.request(
            method.search,
            { ...asked, question: question.question },
            (event) => {
              if (event.type === 'progress') progress.show(event);
            },
          );
          progress.clear();
          terminal.out(
            options.json ? jsonResult(question, result) : listed(question, result, options, terminal),
          );
        }
      });
    });
}

async function questionsFrom(
  words: readonly string[],
  { questions }: SearchOptions,
  signal: AbortSignal,
): Promise<Question[]> {
  if ((questions === undefined) === (words.length === 0)) throw failure.oneSourceOfQuestions();
  if (questions !== undefined) return readQuestions(questions);
  return [{ id: '1', question: await questionFrom('search', words, signal) }];
}

function jsonResult({ id, question }: Question, { blocks }: SearchResult): string {
  return jsonLine({ id, question, blocks });
}

function listed(
  question: Question,
  result: SearchResult,
  options: SearchOptions,
  { colors, folder }: Terminal,
): string {
  const heading = options.questions === undefined ? '' : `${colors.bold(neutralize(question.question))}\n`;
  return heading + searchList(result, { root: resolve(options.root), folder, colors });
}
