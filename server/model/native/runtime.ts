import type { InferenceSession } from 'onnxruntime-node';
import type { Encoder } from '../encoder';
import type { Reader } from '../reader';
import type { EncoderSpec, ModelRuntime, Opened, ReaderSpec, SaveSpec } from '../runtime';
import { openSession, saveGraph, type OpenedSession } from '../sessions';
import { NativeEncoder } from './encoder';
import { int8Inputs } from './int8';
import { NativeReader } from './reader';

/** Graphs in this thread. */
export class NativeRuntime implements ModelRuntime {
  private sessions: InferenceSession[] = [];

  async openEncoder(spec: EncoderSpec): Promise<Opened<Encoder>> {
    const { session, ...rest } = await this.open(spec);
    return { graph: new NativeEncoder(session, await int8Inputs(session), spec.keyNumbers), ...rest };
  }

  async openReader(spec: ReaderSpec): Promise<Opened<Reader>> {
    const { session, ...rest } = await this.open(spec);
    const { shape, contextTokens } = spec;
    return { graph: new NativeReader(session, await int8Inputs(session), shape, contextTokens), ...rest };
  }

  saveGraph(spec: SaveSpec): Promise<void> {
    return saveGraph(spec);
  }

  async close(): Promise<void> {
    await Promise.all(this.sessions.splice(0).map((session) => session.release()));
  }

  private async open(spec: EncoderSpec | ReaderSpec): Promise<OpenedSession> {
    const opened = await openSession(spec.graphPaths, spec);
    this.sessions.push(opened.session);
    return opened;
  }
}
