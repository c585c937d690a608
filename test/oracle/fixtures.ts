import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** float32 numbers as the oracle writes them. */
export interface Packed {
  shape: number[];
  base64: string;
}

export interface OracleWindow {
  tokens: number[];
  /** [startLine, endLine, first token of the segment, end of the block] */
  blocks: [number, number, number, number][];
}

export interface OracleFixtures {
  tokenizer: { text: string; ids: number[] }[];
  blocks: { path: string; lines: string[]; windows: OracleWindow[] }[];
  /** keys: of each of the windows */
  encoder: {
    windows: OracleWindow[];
    keys: Packed[];
    questions: { text: string; query: Packed }[];
    scores: Packed;
  };
  reader: {
    kvPositions: number[];
    /** [layers, positions, kvHeads, headDim] */
    keys: Packed;
    values: Packed;
    prompt: number[];
    logitTokens: number[];
    logits: Packed;
    /** Ends of a turn; never chosen, so that there are 64 tokens. */
    neverTokens: number[];
    greedyTokens: number[];
    greedyMargins: number[];
  };
  /** The same prompt, of which the last tokens and what follows are run with the deltas of answers; of packages that have them. */
  answer?: {
    prompt: number[];
    openingTokens: number;
    logitTokens: number[];
    logits: Packed;
    greedyTokens: number[];
    greedyMargins: number[];
  };
}

export const repositoryRoot = join(import.meta.dirname, '..', '..');

export function readFixtures(packageName: string): OracleFixtures {
  const folder = join(import.meta.dirname, 'fixtures', packageName);
  const read = (name: keyof OracleFixtures): unknown =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const names = (['tokenizer', 'blocks', 'encoder', 'reader', 'answer'] as const).filter(
    (name) => name !== 'answer' || existsSync(join(folder, `${name}.json`)),
  );
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as OracleFixtures;
}

/** Files that are hard to cut, for the toy package's tokenizer. */
export interface OracleCuts {
  name: string;
  text: string;
  /** tokenCount: of its text. blocks: [startLine, endLine, token count] */
  windows: { tokenCount: number; blocks: [number, number, number][] }[];
}

export function readCuts(): OracleCuts[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', 'cuts.json'), 'utf8')) as OracleCuts[];
}

export function unpack({ shape, base64 }: Packed): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const count = shape.reduce((product, length) => product * length, 1);
  if (values.length !== count) throw new Error(`a fixture has ${values.length} numbers instead of ${count}`);
  return values;
}

/** Where tests keep converted weights: an ignored folder of the checkout, so that they are fetched once. */
export const testCacheFolder = process.env['LANDMARK_CACHE'] ?? join(repositoryRoot, '.cache', 'landmark');

export function packageFolder(name: string): string {
  const folder = join(repositoryRoot, 'models', name);
  if (!existsSync(folder)) throw new Error(`${folder} is missing`);
  return folder;
}
