#!/usr/bin/env node
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { CommandFailure, Interrupted } from './failures';
import { watchForInterrupt, type Interrupt } from './interrupt';
import { createProgram } from './program';
import { neutralize } from './render/text';

async function main(): Promise<number> {
  const interrupt = watchForInterrupt();
  const serverPath = join(dirname(fileURLToPath(import.meta.url)), 'server.js');
  try {
    await createProgram({ serverPath, interrupt }).parseAsync();
    return interrupt.exitCode() ?? 0;
  } catch (error) {
    return report(error, interrupt);
  }
}

/** Says what happened on standard error; the number is what the process ends with. */
function report(error: unknown, interrupt: Interrupt): number {
  // commander has printed its message; its own numbers are 0 for help and 1 for a mistake.
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof Interrupted) {
    if (interrupt.reason() !== 'outputClosed') process.stderr.write(`${error.message}\n`);
    return interrupt.exitCode() ?? 1;
  }
  if (error instanceof CommandFailure) {
    process.stderr.write(`${neutralize(error.message)}\n`);
    return 1;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

void main().then((exitCode) => {
  // What was written to a slow pipe is still on its way; the process ends once it has arrived.
  process.stdout.write('', () => process.exit(exitCode));
});
