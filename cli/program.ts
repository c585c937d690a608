import { Command } from 'commander';
import { version } from '../package.json';
import { addAsk } from './commands/ask';
import { addExplain } from './commands/explain';
import { addIndex } from './commands/index';
import { addMcp } from './commands/mcp';
import { addModel } from './commands/model';
import { addSearch } from './commands/search';
import { addStatus } from './commands/status';
import { addSummarize } from './commands/summarize';
import type { Host } from './host';
import {
  packageNameOrFolder,
  patternOptions,
  positiveInteger,
  providerOption,
  teamStoreOptions,
} from './options';

const examples = `
Examples:
  $ landmark model add                                   fetch the base model once
  $ landmark ask --root ~/src/flask "Where are blueprints registered?"
  $ git diff | landmark ask --root . --json -            a question from standard input
  $ landmark search --root . --top 10 "retry after a timeout"
  $ landmark explain --root . src/app.ts:120:8
  $ landmark summarize --root . src/app.ts
  $ landmark ask --root . --scope server/ "Where are requests checked?"
  $ landmark index --root . --estimate
  $ landmark status --root . --json
  $ landmark mcp --root .                                serve search and ask to other tools

Exit codes: 0 done, 1 failed with a message on standard error, 130 cancelled by Ctrl-C, 143 by SIGTERM.`;

/** The whole command line; parsing throws a CommanderError where it has already printed what is to be said. */
export function createProgram(host: Host): Command {
  const program = new Command('landmark')
    .description('Talk with a whole repository, entirely on your own machine.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .option('--cache <dir>', 'folder for converted weights and stored blocks (default: your cache folder)')
    .addOption(providerOption())
    .option('--model <package>', 'a model package: its name or its folder', packageNameOrFolder)
    .option(
      '--reader <package>',
      'what reads and answers: a larger package, none, or auto for the largest that is here',
      packageNameOrFolder,
      'auto',
    )
    .option(
      '--threads <count>',
      'cores the model may use at once (default: one thread a physical core)',
      positiveInteger,
    )
    .option('--no-color', 'print without colours')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: (.)/, (_match, first: string) => first.toUpperCase()));
      },
    })
    .addHelpText('after', examples);
  for (const option of [...patternOptions(), ...teamStoreOptions()]) program.addOption(option);
  for (const add of [addAsk, addSearch, addSummarize, addExplain, addIndex, addStatus, addModel, addMcp]) {
    add(program, host);
  }
  sayWhatToDo(program, 'landmark');
  return program;
}

/** Every mistake in the arguments ends with the command that lists the right ones. */
function sayWhatToDo(command: Command, name: string): void {
  command.showHelpAfterError(`Run \`${name} --help\` to see what it takes.`);
  for (const child of command.commands) sayWhatToDo(child, `${name} ${child.name()}`);
}
