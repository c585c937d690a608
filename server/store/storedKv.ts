import { assertInvariant } from '../errors';
import { decodeKv, kvPayloadBytes, type KvForm } from './kvForms';
import type { Dims, WindowKv } from './shape';

/**
 * Keys and values of one window's tokens after the prefix (header and blocks), as the store keeps them: as int8 a
 * quarter of their numbers' memory. Only what is read of them is decoded. Shared: not to be written to.
 */
export class StoredKv {
  /** @param dims [layers, kvHeads, tokens, headDim] */
  constructor(
    private readonly form: KvForm,
    private readonly payload: Uint8Array,
    private readonly dims: Dims,
  ) {
    assertInvariant(payload.length === kvPayloadBytes(form, dims), 'keys and values fill their payload');
  }

  get tokens(): number {
    return this.dims[2];
  }

  /** What it takes in memory. */
  get bytes(): number {
    return this.payload.length;
  }

  /** Tokens [from, to), in memory of their own. A block of the default base takes some .5 ms. */
  decode(from = 0, to = this.tokens): WindowKv {
    assertInvariant(from >= 0 && from <= to && to <= this.tokens, `tokens ${from}..${to} of ${this.tokens}`);
    return decodeKv(this.form, this.payload, this.dims, from, to);
  }
}
