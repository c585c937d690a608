import { assertInvariant } from '../../errors';
import { kernelWasm } from './kernel';
import { roomGrowth } from './rowMemory';

/** The loops of kernel.wat over one memory of their own. Addresses are bytes. */
interface Kernel {
  memory: WebAssembly.Memory;
  dots(row: number, rows: number, stride: number, query: number, out: number): void;
  sketch(row: number, stride: number, out: number): void;
  estimates(group: number, groups: number, columns: number, tables: number, out: number): void;
}

/** A vector is 16 bytes. */
export const vectorBytes = 16;
const pageBytes = 65_536;
/** All that 32-bit addresses reach. */
const memoryBytesMax = 2 ** 32;

let compiled: WebAssembly.Module | false | undefined;

/** Compiled once for a process; false where the machine's WebAssembly lacks vectors. */
function kernelModule(): WebAssembly.Module | false {
  if (compiled === undefined) {
    const bytes = Buffer.from(kernelWasm, 'base64');
    compiled = WebAssembly.validate(bytes) && new WebAssembly.Module(bytes);
  }
  return compiled;
}

export function hasVectors(): boolean {
  return kernelModule() !== false;
}

/** A memory that grows, with the loops that run over it. */
export class WasmMemory {
  readonly kernel: Kernel;
  #bytes: Uint8Array;

  constructor() {
    const module = kernelModule();
    assertInvariant(module !== false, 'this machine has WebAssembly with vectors');
    this.kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
    this.#bytes = new Uint8Array(this.kernel.memory.buffer);
  }

  /** All of it; not to be kept: the next `reserve` detaches it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Makes room for at least so many bytes, zero where nothing was written. */
  reserve(bytes: number): void {
    const held = this.#bytes.length;
    if (bytes <= held) return;
    // The first time exactly: mostly it is known how much there will be.
    const wanted = held === pageBytes ? bytes : Math.min(Math.max(bytes, held * roomGrowth), memoryBytesMax);
    this.kernel.memory.grow(Math.ceil((wanted - held) / pageBytes));
    this.#bytes = new Uint8Array(this.kernel.memory.buffer);
  }
}
