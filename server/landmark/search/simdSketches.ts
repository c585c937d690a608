import { assertInvariant } from '../../errors';
import { columnsOf, groupRows, signTables, tableEntries, type Sketches } from './sketches';
import { vectorBytes, WasmMemory } from './wasmMemory';

/** Groups of one call into WebAssembly; their estimates pass through a buffer of this many. */
const groupsPerCall = 512;

/**
 * | bytes                              | field                                     |
 * |-----------------------------------:|-------------------------------------------|
 * |                 columns * 2 * 16   | tables, uint8 [columns, 2, 16]            |
 * | 2 * groupsPerCall * 16             | estimates, uint16 [groupsPerCall, 16]     |
 * |                         columns * 8 | a row, int8 [columns * 8], ends with zeros |
 * |               groups * columns * 16 | sketches, see sketches.ts                 |
 */
export class SimdSketches implements Sketches {
  readonly #width: number;
  readonly #columns: number;
  readonly #outAt: number;
  readonly #rowAt: number;
  readonly #groupsAt: number;
  readonly #memory = new WasmMemory();

  constructor(width: number) {
    this.#width = width;
    this.#columns = columnsOf(width);
    this.#outAt = this.#columns * 2 * tableEntries;
    this.#rowAt = this.#outAt + 2 * groupsPerCall * groupRows;
    this.#groupsAt = this.#rowAt + this.#columns * 8;
  }

  reserve(rows: number): void {
    this.#memory.reserve(this.#at(Math.ceil(rows / groupRows)));
  }

  set(row: number, numbers: Int8Array): void {
    const group = Math.floor(row / groupRows);
    const { bytes, kernel } = this.#memory;
    assertInvariant(
      numbers.length === this.#width && this.#at(group + 1) <= bytes.length,
      'there is room for the sketch',
    );
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length), this.#rowAt);
    kernel.sketch(this.#rowAt, this.#columns * 8, this.#at(group) + (row % groupRows));
  }

  estimates(query: Float32Array, rows: number): Uint16Array {
    const groups = Math.ceil(rows / groupRows);
    const { bytes, kernel } = this.#memory;
    assertInvariant(this.#at(groups) <= bytes.length && query.length === this.#width, 'sketches are scanned');
    bytes.set(signTables(query), 0);
    const estimates = new Uint16Array(groups * groupRows);
    for (let done = 0; done < groups; done += groupsPerCall) {
      const count = Math.min(groupsPerCall, groups - done);
      kernel.estimates(this.#at(done), count, this.#columns, 0, this.#outAt);
      estimates.set(new Uint16Array(bytes.buffer, this.#outAt, count * groupRows), done * groupRows);
    }
    return estimates.subarray(0, rows);
  }

  #at(group: number): number {
    return this.#groupsAt + group * this.#columns * vectorBytes;
  }
}
