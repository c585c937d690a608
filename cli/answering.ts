import { resolve } from 'node:path';
import type { AnswerResult, SummaryResult } from '../protocol/messages';
import type { OnEvent } from './client';
import type { CommandContext } from './host';
import { answerDone, jsonEvents, jsonLine } from './json';
import type { RootOptions } from './options';
import { AnswerPrinter } from './render/answer';
import { belowAnswer } from './render/footer';

type Request = (onEvent: OnEvent) => Promise<AnswerResult | SummaryResult>;

/** Prints what `ask`, `explain` and `summarize` stream and what they end with. */
export async function printAnswer(
  context: CommandContext,
  options: RootOptions,
  request: Request,
): Promise<AnswerResult> {
  if (options.json) return printEvents(context, request);
  return printForReading(context, resolve(options.root), request);
}

async function printEvents({ terminal }: CommandContext, request: Request): Promise<AnswerResult> {
  const result = await request(jsonEvents(terminal.out));
  terminal.out(jsonLine(answerDone(result)));
  return result;
}

async function printForReading(
  context: CommandContext,
  root: string,
  request: Request,
): Promise<AnswerResult> {
  const { terminal, progress } = context;
  const printer = new AnswerPrinter(terminal);
  try {
    const result = await request((event) => {
      if (event.type === 'progress') {
        // Once the answer runs, it is the progress; a bar would be drawn into it.
        if (printer.isEmpty) progress.show(event);
      } else if (event.type === 'token' || event.type === 'sentence') {
        progress.clear();
        terminal.out(event.type === 'token' ? printer.token(event.text) : printer.sentence(event.sentence));
      }
    });
    progress.clear();
    const answer = printer.finish(result);
    const style = { root, folder: terminal.folder, colors: terminal.colors };
    terminal.out(`${answer}${answer === '' ? '' : '\n'}${belowAnswer(result, style)}`);
    return result;
  } catch (error) {
    // A message or the shell's prompt follows; it should not stand behind half a sentence.
    if (!printer.isEmpty) terminal.out('\n');
    throw error;
  }
}
