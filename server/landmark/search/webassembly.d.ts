/** What is used of WebAssembly: Node has it, the types of Node.js 20 do not. */
declare namespace WebAssembly {
  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;
  class Instance {
    constructor(module: Module);
    readonly exports: Record<string, unknown>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** Detaches views of the buffer. @throws RangeError where the machine or the limit refuses */
    grow(pages: number): number;
  }
  function validate(bytes: Uint8Array): boolean;
}
