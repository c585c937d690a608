// Compiles the hot loops of routing from WebAssembly text into a module that every bundler and test can import.
// The result is committed; test/unit/searchRows.test.ts fails where it is not what the text gives.
//
//   npm run build:kernel
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

const folder = join(import.meta.dirname, 'server', 'landmark', 'search');
const target = join(folder, 'kernel.ts');

/** What kernel.ts must hold. */
export async function kernelModule() {
  const tools = await wabt();
  const module = tools.parseWat('kernel.wat', readFileSync(join(folder, 'kernel.wat'), 'utf8'), {
    simd: true,
  });
  module.validate();
  const { buffer } = module.toBinary({});
  const lines = Buffer.from(buffer)
    .toString('base64')
    .match(/.{1,100}/g);
  return [
    '/** Compiled from kernel.wat by `npm run build:kernel`; base64. */',
    'export const kernelWasm =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) writeFileSync(target, await kernelModule());
