/** The parts of the bench, and what is kept of each. Pure. */

import type { DecodeRow } from './decode';
import type { Encoding } from './encode';
import type { FirstTokenRow } from './firstToken';
import type { GrowthRow } from './growth';
import type { Memory } from './memory';
import type { PrefillRow } from './prefill';
import type { Roofline } from './roofline';

export interface Measures {
  prefill: PrefillRow[];
  encode: Encoding;
  decode: DecodeRow[];
  firstToken: FirstTokenRow[];
  growth: GrowthRow[];
  memory: Memory;
  roofline: Roofline;
}

export type PartName = keyof Measures;

/** The order in which they run. The roofline comes last: it places what the others measured. */
export const partNames: readonly PartName[] = [
  'prefill',
  'encode',
  'decode',
  'firstToken',
  'growth',
  'memory',
  'roofline',
];

/** Where, on what and when a part was measured. */
export interface Stamp {
  machine: string;
  threads: number;
  node: string;
  onnxruntime: string;
  llama: string;
  model: string;
  commit: string;
  measuredAt: string;
  /** Processes that wanted to run in the minute before; of a machine of one's own about 0. */
  loadBefore: number;
}

export interface Kept<Name extends PartName> {
  stamp: Stamp;
  measured: Measures[Name];
}

/** The parts that were measured, each with its own stamp. */
export type Results = { [Name in PartName]?: Kept<Name> };

/** @throws where a name is none of a part's */
export function chosenParts(list: string | undefined): PartName[] {
  if (list === undefined) return [...partNames];
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !partNames.some((part) => part === name));
  if (unknown !== undefined || names.length === 0)
    throw new Error(`There is no part "${unknown ?? ''}". Parts: ${partNames.join(', ')}.`);
  return partNames.filter((name) => names.includes(name));
}

/** A part takes the place of what was measured of it before; the others stay. */
export function mergePart<Name extends PartName>(before: Results, name: Name, kept: Kept<Name>): Results {
  const merged: Results = { ...before, [name]: kept };
  // In the order of the parts, whichever was measured first.
  return Object.fromEntries(
    partNames.flatMap((part) => (merged[part] ? [[part, merged[part]] as const] : [])),
  );
}
