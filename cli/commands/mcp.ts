import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Host } from '../host';
import { initializationOptions, rootOption, type RootOptions } from '../options';

export function addMcp(program: Command, host: Host): void {
  program
    .command('mcp')
    .description('serve search and ask to other tools over the Model Context Protocol (standard streams)')
    .addOption(rootOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RootOptions>();
      // The protocol's library is larger than the rest of the command line, which need not wait for it.
      const { serveMcp } = await import('../mcp/serve');
      await serveMcp(resolve(options.root), {
        serverPath: host.serverPath,
        initialization: initializationOptions(options),
        signal: host.interrupt.signal,
      });
    });
}
