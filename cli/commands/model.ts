import { resolve } from 'node:path';
import type { Command } from 'commander';
import { method, type ModelAddParams, type ModelNameParams } from '../../protocol/messages';
import { failure } from '../failures';
import { withServer, type Host } from '../host';
import { done, jsonLine } from '../json';
import { jsonOption, packageNameOrFolder, type GlobalOptions } from '../options';
import { modelAdded, modelList, modelRemoved, modelVerified } from '../render/model';

interface ModelOptions extends GlobalOptions {
  json?: boolean;
  file?: string;
}

const nameArgument = [
  '[name]',
  'a model package: its name or its folder (default: the default package)',
] as const;

export function addModel(program: Command, host: Host): void {
  const model = program
    .command('model')
    .description('fetch, list, verify and remove the weights of model packages');
  addAdd(model, host);
  addList(model, host);
  addVerify(model, host);
  addRemove(model, host);
}

/** The name after the command wins over the global --model; without either the server takes its default. */
function named(name: string | undefined, options: ModelOptions): ModelNameParams {
  const given = name === undefined ? options.model : packageNameOrFolder(name);
  return given === undefined ? {} : { package: given };
}

function addAdd(model: Command, host: Host): void {
  model
    .command('add')
    .description('fetch the base weights of a model package and convert them')
    .argument(...nameArgument)
    .option('--file <gguf>', 'a GGUF file that is already on this machine')
    .addOption(jsonOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ModelOptions>();
      const params: ModelAddParams = {
        ...named(name, options),
        ...(options.file === undefined ? {} : { file: resolve(options.file) }),
      };
      await withServer(host, options, async ({ session, terminal, progress }) => {
        const added = await session.request(method.modelAdd, params, (event) => {
          if (options.json) terminal.out(jsonLine(event));
          else if (event.type === 'progress') progress.show(event);
        });
        progress.clear();
        terminal.out(options.json ? jsonLine(done(added)) : modelAdded(added));
      });
    });
}

function addList(model: Command, host: Host): void {
  model
    .command('list')
    .description('list the model packages and whether their weights are on this machine')
    .addOption(jsonOption())
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ModelOptions>();
      await withServer(host, options, async ({ session, terminal }) => {
        const list = await session.request(method.modelList, {});
        terminal.out(options.json ? jsonLine(list) : modelList(list));
      });
    });
}

function addVerify(model: Command, host: Host): void {
  model
    .command('verify')
    .description('check the files of a model package against their checksums')
    .argument(...nameArgument)
    .addOption(jsonOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ModelOptions>();
      await withServer(host, options, async ({ session, terminal }) => {
        const verified = await session.request(method.modelVerify, named(name, options));
        terminal.out(options.json ? jsonLine(verified) : modelVerified(verified));
        if (!verified.ok) throw failure.verifyFailed(verified.name);
      });
    });
}

function addRemove(model: Command, host: Host): void {
  model
    .command('remove')
    .description('remove the converted weights of a model package')
    .argument(...nameArgument)
    .addOption(jsonOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ModelOptions>();
      await withServer(host, options, async ({ session, terminal }) => {
        const removed = await session.request(method.modelRemove, named(name, options));
        terminal.out(options.json ? jsonLine(removed) : modelRemoved(removed));
      });
    });
}
