import type { EncoderSpec, ReaderSpec } from '../runtime';
import { NativeEncoder } from './encoder';
import type { GuardedSession } from './guardedSession';
import { NativeReader } from './reader';

/** Of one block without a header; every vocabulary has these tokens. */
const tinyWindow = {
  tokens: Int32Array.of(0, 1, 2, 3),
  prefixTokenCount: 0,
  blocks: [{ startToken: 1, endToken: 3 }],
};

/** The encoder's run of a few tokens. */
export function probeEncoder({ keyNumbers }: Pick<EncoderSpec, 'keyNumbers'>) {
  return (session: GuardedSession): Promise<unknown> =>
    new NativeEncoder(session, keyNumbers).encodeKeys([tinyWindow]);
}

/** The reader's run of one token after nothing. */
export function probeReader({ shape }: Pick<ReaderSpec, 'shape'>) {
  return (session: GuardedSession): Promise<unknown> => {
    const reader = new NativeReader(session, shape, 1);
    return reader.choiceAfter([0], reader.createCache(1), new AbortController().signal);
  };
}
