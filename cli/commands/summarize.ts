import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method } from '../../protocol/messages';
import { printAnswer } from '../answering';
import { withServer, type Host } from '../host';
import { workspacePath } from '../location';
import { jsonOption, rootOption, type RootOptions } from '../options';

export function addSummarize(program: Command, host: Host): void {
  program
    .command('summarize')
    .description('summarize a file, every block of it read, or map a folder')
    .argument('<path>', 'a file or a folder of the workspace')
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (given: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RootOptions>();
      const root = resolve(options.root);
      const params = { root, path: workspacePath(root, given) };
      await withServer(host, options, (context) =>
        printAnswer(context, options, (onEvent) =>
          context.session.request(method.summarize, params, onEvent),
        ),
      );
    });
}
