import { ChunkedRows } from './chunkedRows';
import { PlainRows } from './plainRows';
import { PlainSketches } from './plainSketches';
import type { RowMemory } from './rowMemory';
import { SimdRows } from './simdRows';
import { SimdSketches } from './simdSketches';
import type { Sketches } from './sketches';
import { hasVectors } from './wasmMemory';

/** `simd` is WebAssembly with 128-bit vectors; `plain` is JavaScript, for machines without them, and gives the same. */
export type ScanKind = 'simd' | 'plain';

export function bestScanKind(): ScanKind {
  return hasVectors() ? 'simd' : 'plain';
}

export function createRows(width: number, kind = bestScanKind()): RowMemory {
  return new ChunkedRows(width, () => (kind === 'simd' ? new SimdRows(width) : new PlainRows(width)));
}

export function createSketches(width: number, kind = bestScanKind()): Sketches {
  return kind === 'simd' ? new SimdSketches(width) : new PlainSketches(width);
}
