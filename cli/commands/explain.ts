import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method, type ExplainParams } from '../../protocol/messages';
import { printAnswer } from '../answering';
import { withServer, type Host } from '../host';
import { parseLocation, workspacePath } from '../location';
import { jsonOption, rootOption, type RootOptions } from '../options';

export function addExplain(program: Command, host: Host): void {
  program
    .command('explain')
    .description('explain what stands at a place in a file')
    .argument('<file:line[:column]>', 'the place, counted from 1')
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (given: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RootOptions>();
      const { file, line, column } = parseLocation(given);
      const root = resolve(options.root);
      const params: ExplainParams = {
        root,
        path: workspacePath(root, file),
        line,
        ...(column === undefined ? {} : { column }),
      };
      await withServer(host, options, (context) =>
        printAnswer(context, options, (onEvent) => context.session.request(method.explain, params, onEvent)),
      );
    });
}
