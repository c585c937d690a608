import type { Encoder } from '../encoder';
import type { Reader } from '../reader';
import type { EncoderSpec, FormTimes, ModelRuntime, Opened, ReaderSpec, SaveSpec } from '../runtime';
import { saveGraph } from '../sessions';
import { NativeEncoder } from './encoder';
import { timeForms } from './formProbe';
import { openGuarded, type GuardedSession, type GuardOptions, type Probe } from './guardedSession';
import { probeEncoder, probeReader } from './probe';
import { NativeReader } from './reader';

/** Graphs in this thread. */
export class NativeRuntime implements ModelRuntime {
  private sessions: GuardedSession[] = [];

  constructor(private readonly options: GuardOptions = {}) {}

  async openEncoder(spec: EncoderSpec): Promise<Opened<Encoder>> {
    const { session, ...rest } = await this.open(spec, probeEncoder(spec));
    return { graph: new NativeEncoder(session, spec.keyNumbers), ...rest };
  }

  async openReader(spec: ReaderSpec): Promise<Opened<Reader>> {
    const { session, ...rest } = await this.open(spec, probeReader(spec));
    return { graph: new NativeReader(session, spec.shape, spec.contextTokens), ...rest };
  }

  saveGraph(spec: SaveSpec): Promise<void> {
    return saveGraph(spec);
  }

  timeForms(threads: number): Promise<FormTimes> {
    return timeForms(threads);
  }

  async close(): Promise<void> {
    await Promise.all(this.sessions.splice(0).map((session) => session.release()));
  }

  private async open(spec: EncoderSpec | ReaderSpec, probe: Probe): ReturnType<typeof openGuarded> {
    const opened = await openGuarded(spec, probe, this.options);
    this.sessions.push(opened.session);
    return opened;
  }
}
