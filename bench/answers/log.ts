/**
 * Answers as they were given, one JSON object a line under .cache/bench/answers, so that a bench that was stopped goes
 * on where it was. A file belongs to one model package, one arm and one set of settings; what the code is otherwise
 * does not count, so a changed reader or router wants `--fresh`.
 */

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { benchCache } from '../questions/packages';

export interface LogName {
  packageId: string;
  /** What is measured, such as an arm. */
  name: string;
  /** Whatever decides a result; equal settings share a file. */
  settings: unknown;
}

interface Keyed<Entry> {
  key: string;
  entry: Entry;
}

export class Log<Entry> {
  private readonly entries = new Map<string, Entry>();

  private constructor(private readonly path: string) {}

  static open<Entry>(
    { packageId, name, settings }: LogName,
    folder = join(benchCache, 'answers'),
  ): Log<Entry> {
    const file = `${packageId.slice(0, 12)}-${shortHash(settings)}-${name}.jsonl`;
    const log = new Log<Entry>(join(folder, file));
    log.load();
    return log;
  }

  /** @param key whatever decides this entry besides the settings */
  get(key: unknown): Entry | undefined {
    return this.entries.get(shortHash(key));
  }

  add(key: unknown, entry: Entry): void {
    const hash = shortHash(key);
    mkdirSync(dirname(this.path), { recursive: true });
    // The line break comes first: it also ends a line that was cut when a run was killed.
    appendFileSync(this.path, `\n${JSON.stringify({ key: hash, entry })}`);
    this.entries.set(hash, entry);
  }

  /** Forgets what was measured before. */
  clear(): void {
    this.entries.clear();
    rmSync(this.path, { force: true });
  }

  private load(): void {
    if (!existsSync(this.path)) return;
    for (const line of readFileSync(this.path, 'utf8').split('\n')) {
      const parsed = parse(line) as Keyed<Entry> | undefined;
      if (parsed) this.entries.set(parsed.key, parsed.entry);
    }
  }
}

/** Undefined for a line that was cut. */
function parse(line: string): unknown {
  if (line === '') return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
