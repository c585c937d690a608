import { useEffect } from 'preact/hooks';
import type { HostMessage } from '../../src/ask/messages';

export type Command = Exclude<HostMessage, { type: 'init' | 'action' | 'colors' }>;

/** Hands the host's commands to the part of the page that can carry them out. */
export class Commands {
  private readonly listeners = new Set<(command: Command) => void>();
  /** A command may come before the part that it is for is drawn. */
  private early: Command[] = [];

  send(command: Command): void {
    if (this.listeners.size === 0) this.early.push(command);
    for (const listener of this.listeners) listener(command);
  }

  listen(listener: (command: Command) => void): () => void {
    this.listeners.add(listener);
    for (const command of this.early) listener(command);
    // Every part of one drawing gets to see them.
    queueMicrotask(() => (this.early = []));
    return () => this.listeners.delete(listener);
  }
}

export function useCommands(commands: Commands, listener: (command: Command) => void): void {
  useEffect(() => commands.listen(listener));
}
