import { openSession, type Session } from './client';
import type { Interrupt } from './interrupt';
import { initializationOptions, type GlobalOptions } from './options';
import { createProgress, type Progress } from './progress';
import { processTerminal, type Terminal } from './terminal';

/** What the process gives to every command. */
export interface Host {
  serverPath: string;
  interrupt: Interrupt;
}

/** What a command works with once its server runs. */
export interface CommandContext {
  session: Session;
  terminal: Terminal;
  progress: Progress;
}

/** Runs a command against a server of its own, and closes that server however the command ends. */
export async function withServer(
  host: Host,
  options: GlobalOptions,
  work: (context: CommandContext) => Promise<unknown>,
): Promise<void> {
  const terminal = processTerminal(options.color);
  const progress = createProgress(terminal);
  const session = await openSession({
    serverPath: host.serverPath,
    initialization: initializationOptions(options),
    signal: host.interrupt.signal,
  });
  try {
    await work({ session, terminal, progress });
  } finally {
    progress.clear();
    await session.close();
  }
}
