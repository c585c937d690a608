import { columnsOf, groupRows, signTables, tableEntries, type Sketches } from './sketches';
import { roomGrowth } from './rowMemory';

const byteValues = 256;

export class PlainSketches implements Sketches {
  readonly #columns: number;
  /** [groups, columns, 16] */
  #signs = new Uint8Array(0);

  constructor(width: number) {
    this.#columns = columnsOf(width);
  }

  reserve(rows: number): void {
    const need = Math.ceil(rows / groupRows) * this.#groupBytes;
    const held = this.#signs;
    if (need <= held.length) return;
    const groups = Math.ceil(Math.max(need, held.length * roomGrowth) / this.#groupBytes);
    this.#signs = new Uint8Array(groups * this.#groupBytes);
    this.#signs.set(held);
  }

  set(row: number, numbers: Int8Array): void {
    const first = Math.floor(row / groupRows) * this.#groupBytes + (row % groupRows);
    for (let column = 0; column < this.#columns; column++) {
      let signs = 0;
      for (let i = 0; i < 8; i++) if ((numbers[column * 8 + i] ?? 0) < 0) signs |= 1 << i;
      this.#signs[first + column * groupRows] = signs;
    }
  }

  estimates(query: Float32Array, rows: number): Uint16Array {
    const added = this.#byteTables(query);
    const signs = this.#signs;
    const estimates = new Uint16Array(rows);
    for (let row = 0; row < rows; row++) {
      let at = Math.floor(row / groupRows) * this.#groupBytes + (row % groupRows);
      let sum = 0;
      for (let table = 0; table < added.length; table += byteValues, at += groupRows) {
        sum += added[table + signs[at]!]!;
      }
      estimates[row] = sum;
    }
    return estimates;
  }

  /** [columns, 256] what each byte of a sketch adds. */
  #byteTables(query: Float32Array): Uint8Array {
    const tables = signTables(query);
    const added = new Uint8Array(this.#columns * byteValues);
    for (let at = 0; at < added.length; at++) {
      const low = Math.floor(at / byteValues) * 2 * tableEntries;
      const signs = at % byteValues;
      added[at] = tables[low + (signs & 0xf)]! + tables[low + tableEntries + (signs >> 4)]!;
    }
    return added;
  }

  get #groupBytes(): number {
    return this.#columns * groupRows;
  }
}
