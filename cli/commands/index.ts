import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method } from '../../protocol/messages';
import { withServer, type Host } from '../host';
import { done, jsonLine } from '../json';
import { jsonOption, rootOption, type RootOptions } from '../options';
import { indexReport } from '../render/report';

export function addIndex(program: Command, host: Host): void {
  program
    .command('index')
    .description('make every window of a folder searchable')
    .addOption(rootOption())
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RootOptions>();
      await withServer(host, options, async ({ session, terminal, progress }) => {
        const report = await session.request(method.index, { root: resolve(options.root) }, (event) => {
          if (options.json) terminal.out(jsonLine(event));
          else if (event.type === 'progress') progress.show(event);
        });
        progress.clear();
        terminal.out(options.json ? jsonLine(done(report)) : indexReport(report));
      });
    });
}
