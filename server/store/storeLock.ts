/**
 * The lock of a store folder. Its holder alone evicts, compacts and saves the catalogue. Reading and appending need no
 * lock, because every process appends to segments of its own; so two holders, after one was suspended and taken for
 * dead, do each other's work twice and harm nothing.
 *
 * The lock file holds three lines: a random token, the process id, the host's name. Its time is the heartbeat.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { pathIn, type StoreFolder } from './storeFolder';

const heartbeatMs = 5_000;
/** A holder that missed this many heartbeats is gone, or too busy to look after the store. */
const staleMs = 6 * heartbeatMs;
/** A lock file is three short lines; nothing longer is one. */
const lockBytesMax = 1_024;
const lockName = 'lock';

export class StoreLock {
  readonly #token = randomBytes(8).toString('hex');
  #isHeld = false;
  #triedMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: StoreFolder) {}

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Takes the lock where it is free or stale. A disk that refuses the file leaves it to others. */
  async take(): Promise<boolean> {
    if (this.#isHeld) return true;
    const nowMs = this.store.clock();
    if (nowMs - this.#triedMs < heartbeatMs) return false;
    this.#triedMs = nowMs;
    try {
      this.#isHeld = (await this.#create()) || ((await this.#removeStale(nowMs)) && (await this.#create()));
    } catch {
      return false;
    }
    if (this.#isHeld) {
      this.#timer = setInterval(() => void this.beat(), heartbeatMs);
      this.#timer.unref();
    }
    return this.#isHeld;
  }

  /** Shows that the holder lives, and notices when another has taken over. */
  async beat(): Promise<boolean> {
    const path = pathIn(this.store, lockName);
    try {
      if (!this.#isHeld || (await this.#read(path))?.token !== this.#token) this.#lose();
      else await this.store.files.touch(path, this.store.clock());
    } catch {
      // The next beat tries again; until then the time since the last one tells.
    }
    return this.#isHeld;
  }

  async release(): Promise<void> {
    if (await this.beat()) await this.store.files.remove(pathIn(this.store, lockName)).catch(() => undefined);
    this.#lose();
  }

  #lose(): void {
    this.#isHeld = false;
    clearInterval(this.#timer);
  }

  async #create(): Promise<boolean> {
    const { files, clock } = this.store;
    const path = pathIn(this.store, lockName);
    const text = `${this.#token}\n${process.pid}\n${hostname()}\n`;
    try {
      if (!(await files.create(path, Buffer.from(text)))) return false;
      await files.touch(path, clock());
      return true;
    } catch (error) {
      // Unfinished, it would keep everyone out until it is stale.
      await files.remove(path).catch(() => undefined);
      throw error;
    }
  }

  /** Two processes may find the same stale lock: only the one whose rename brings away that very file goes on. */
  async #removeStale(nowMs: number): Promise<boolean> {
    const { files } = this.store;
    const path = pathIn(this.store, lockName);
    const state = await files.stat(path);
    if (!state) return true;
    const holder = await this.#read(path);
    if (!isGone(holder) && nowMs - state.modifiedMs < staleMs) return false;
    const aside = `${path}.${this.#token}.part`;
    await files.rename(path, aside);
    const taken = await this.#read(aside);
    if (taken?.token === holder?.token) {
      await files.remove(aside);
      return true;
    }
    await files.rename(aside, path);
    return false;
  }

  async #read(path: string): Promise<Holder | undefined> {
    const bytes = await this.store.files.read(path, 0, lockBytesMax);
    const [token, pid, host] = bytes?.toString('utf8').split('\n') ?? [];
    return token !== undefined && host !== undefined ? { token, pid: Number(pid), host } : undefined;
  }
}

interface Holder {
  token: string;
  pid: number;
  host: string;
}

/** Of a process of this machine it is known at once; of another's only the heartbeat tells. */
function isGone(holder: Holder | undefined): boolean {
  if (holder?.host !== hostname() || !Number.isSafeInteger(holder.pid) || holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
