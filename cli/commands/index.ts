import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method } from '../../protocol/messages';
import type { OnEvent } from '../client';
import { withServer, type Host } from '../host';
import { done, jsonLine } from '../json';
import { jsonOption, rootOption, type RootOptions } from '../options';
import { estimateReport, indexReport } from '../render/report';

interface IndexOptions extends RootOptions {
  estimate?: boolean;
  share?: boolean;
}

export function addIndex(program: Command, host: Host): void {
  program
    .command('index')
    .description('make every window of a folder searchable')
    .addOption(rootOption())
    .option('--estimate', 'only say what it would cost')
    .option('--share', 'also put what the team store lacks there, and wait for it')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<IndexOptions>();
      await withServer(host, options, async ({ session, terminal, progress }) => {
        const params = { root: resolve(options.root) };
        const onEvent: OnEvent = (event) => {
          if (options.json) terminal.out(jsonLine(event));
          else if (event.type === 'progress') progress.show(event);
        };
        if (options.estimate) {
          const estimate = await session.request(method.indexEstimate, params, onEvent);
          progress.clear();
          terminal.out(options.json ? jsonLine(done(estimate)) : estimateReport(estimate));
        } else {
          const report = await session.request(
            method.index,
            { ...params, ...(options.share && { share: true }) },
            onEvent,
          );
          progress.clear();
          terminal.out(options.json ? jsonLine(done(report)) : indexReport(report));
        }
      });
    });
}
