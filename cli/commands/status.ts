import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method } from '../../protocol/messages';
import { withServer, type Host } from '../host';
import { jsonLine } from '../json';
import { jsonOption, type GlobalOptions } from '../options';
import { statusReport } from '../render/report';

interface StatusOptions extends GlobalOptions {
  root?: string;
  json?: boolean;
}

export function addStatus(program: Command, host: Host): void {
  program
    .command('status')
    .description('show the state of the model and, with --root, of a folder')
    .option('--root <dir>', 'folder of the workspace')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<StatusOptions>();
      const params = options.root === undefined ? {} : { root: resolve(options.root) };
      await withServer(host, options, async ({ session, terminal }) => {
        const status = await session.request(method.status, params);
        terminal.out(options.json ? jsonLine(status) : statusReport(status));
      });
    });
}
