/**
 * Landmark keys of real code and landmark queries of real questions, in fp32 as the model gives them. Encoding takes
 * minutes, so they are kept under .cache/bench.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { landmarkQuery } from '../../server/answering/route';
import { defaultCacheFolder, ModelLibrary } from '../../server/model/library';
import type { ModelPackage } from '../../server/model/manifest';
import { ModelHost } from '../../server/model/modelHost';
import { buildProject, projectNames, readSources } from '../questions/projects';
import { readOwnQuestions } from '../questions/questions';
import { cutFolder } from '../retrieval/blocks';

export interface RealKeys {
  model: string;
  /** Of the package that encoded them. */
  packageId: string;
  keyWidth: number;
  /** [blocks, keyWidth], each of length 1; windows stand one after the other. */
  keys: Float32Array;
  /** [windows] */
  blocksOfWindow: number[];
  /** [queries, keyWidth], each of length 1. */
  queries: Float32Array;
}

const folder = resolve('.cache', 'bench', 'search');

type About = Omit<RealKeys, 'keys' | 'queries'>;

/** Some hundred thousand tokens, minutes of encoding. */
const defaultWindowsMax = 1_200;

/**
 * @param roots the projects of `bench/questions` where none is given
 * @param windowsMax of all roots together; each root gives its share, spread over its files
 */
export async function realKeys(
  roots: readonly string[] = [],
  windowsMax = defaultWindowsMax,
): Promise<RealKeys> {
  const model = await new ModelLibrary('models').find();
  if (keptAbout()?.packageId !== model.packageId) await encode(model, roots, windowsMax);
  return { ...keptAbout()!, keys: readFloats('keys.f32'), queries: readFloats('queries.f32') };
}

function keptAbout(): About | undefined {
  const path = join(folder, 'about.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as About) : undefined;
}

async function encode(model: ModelPackage, roots: readonly string[], windowsMax: number): Promise<void> {
  const host = new ModelHost(model, { cacheFolder: defaultCacheFolder(), provider: 'cpu', threads: 0 });
  const sources = readSources();
  const projects = projectNames(sources);
  const queries: Float32Array[] = [];
  for (const { question } of projects.flatMap(readOwnQuestions)) {
    queries.push(await landmarkQuery(host, question));
  }
  const folders = roots.length > 0 ? roots : projects.map((project) => buildProject(project, sources));
  const encoder = await host.encoder();
  const keys: Float32Array[] = [];
  for (const root of folders) {
    const windows = (await cutFolder(root, host)).flatMap((file) => file.windows);
    const chosen = spread(windows, Math.floor(windowsMax / folders.length));
    for (const [at, window] of chosen.entries()) {
      keys.push((await encoder.encodeKeys([window]))[0]!);
      if (at % 20 === 19) console.error(`${root}: ${at + 1} of ${chosen.length} windows encoded`);
    }
  }
  const keyWidth = model.manifest.routing.keyNumbers;
  const blocksOfWindow = keys.map(({ length }) => length / keyWidth);
  mkdirSync(folder, { recursive: true });
  writeFloats('keys.f32', keys);
  writeFloats('queries.f32', queries);
  // Last: it says that the others are whole.
  writeFileSync(
    join(folder, 'about.json'),
    JSON.stringify({
      model: model.manifest.name,
      packageId: model.packageId,
      keyWidth,
      blocksOfWindow,
    } satisfies About),
  );
}

/** At most so many of them, at even distances. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)]!);
}

function readFloats(name: string): Float32Array {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function writeFloats(name: string, parts: readonly Float32Array[]): void {
  const bytes = parts.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  writeFileSync(join(folder, name), Buffer.concat(bytes));
}
