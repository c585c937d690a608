import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError, failure } from '../errors';

/** The manifest format this version reads; 1 had one form of graphs. */
export const manifestFormat = 2;

export interface PackageFile {
  file: string;
  bytes: number;
  sha256: string;
}

export type GgufSource =
  /** Beside the manifest, for packages that are committed whole. */
  | { kind: 'package'; file: string }
  | { kind: 'https'; url: string }
  | { kind: 'pypi'; packages: readonly string[]; members: readonly string[] };

/** Dimensions of a base; names as in the export, so that no other file needs to know a model. */
export interface BaseShape {
  architecture: string;
  layers: number;
  width: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocabulary: number;
  ropeTheta: number;
  /** Which two components of a head turn together: c and c + headDim / 2, or 2c and 2c + 1. */
  rotaryPairs: 'halves' | 'adjacent';
}

/**
 * How a package's matrices are multiplied: `int8` has both sides in int8, for most CPUs; `blocks` has the GGUF's own
 * blocks of 4 or 8 bits, for CUDA, and for CPUs that are faster with them. See docs/model-packages.md.
 */
export type GraphForm = 'int8' | 'blocks';

/** The graphs of one form, and the weights file that its tensor table describes. */
export interface GraphSet {
  encoder?: PackageFile;
  reader: PackageFile;
  tensors: PackageFile;
  weights: { file: string; bytes: number };
}

/** What every package tells: its base, and the graphs over the base's weights. */
export interface PackageManifest {
  format: number;
  name: string;
  licence: string;
  base: {
    name: string;
    licence: string;
    gguf: PackageFile & { sources: readonly GgufSource[] };
  };
  shape: BaseShape;
  graphs: Record<GraphForm, GraphSet>;
  /** `answers`: deltas by which the reader tells whether blocks answer, where it has any. */
  files: Partial<Record<'landmarks' | 'answers' | 'tokenizer', PackageFile>>;
}

/** A package with landmarks: it routes, and reads where no other package is to. */
export interface Manifest extends PackageManifest {
  routing: { layers: readonly number[]; rank: number; keyNumbers: number };
  layout: {
    prefix: string;
    fileSeparator: string;
    pathTokens: number;
    blockTokens: number;
    windowTokens: number;
    questionTokens: number;
    contextTokens: number;
  };
  chat: {
    contextTail: string;
    questionHead: string;
    questionTail: string;
    /** Tokens at a question's start and end that its mean query leaves out. */
    questionMargins: readonly [number, number];
    answerHead: string;
    /** How an answer begins that says there is none, where the reader's deltas were trained to say so. */
    refusal?: string;
    stopTokens: readonly string[];
  };
  thresholds: {
    /** Weights of the probability that a question has an answer, and how likely it must be; see server/landmark. */
    answerable: {
      landmark: number;
      evidence: number;
      bias: number;
      atLeast: number;
      reader?: { weight: number; bias: number; from: number };
    };
    cite: number;
    /** How both arms are fused, where that was fitted; see server/landmark/blockProbability.ts. */
    fusion?: {
      candidatesPerArm: number;
      weights: Readonly<Record<string, number>>;
      slope: number;
      contest: number;
      bias: number;
    };
  };
  graphs: Record<GraphForm, GraphSet & Required<Pick<GraphSet, 'encoder'>>>;
  files: PackageManifest['files'] & Record<'landmarks' | 'tokenizer', PackageFile>;
}

/** A package without landmarks: a larger base that reads and answers where another package has routed to. */
export interface ReaderManifest extends PackageManifest {
  reads: {
    /** SHA-256 of the tokenizer file whose tokens it reads: blocks are cut by the package that routes. */
    tokenizer: string;
    /** Most tokens of a context. */
    contextTokens: number;
  };
}

/** A package whose manifest was read; its files are not yet checked. */
export interface AnyPackage<Described extends PackageManifest = PackageManifest> {
  folder: string;
  manifest: Described;
  /**
   * SHA-256 over everything that decides what a window's encoding is: base, graphs, landmarks, tokenizer,
   * layout. Thresholds are left out, since a new calibration voids no stored block.
   */
  packageId: string;
  /**
   * The same with the deltas of answers, which the weights file holds and which decide no encoding: trained anew they void no
   * stored block.
   */
  weightsId: string;
}

export type ModelPackage = AnyPackage<Manifest>;
export type ReaderPackage = AnyPackage<ReaderManifest>;

/** A package that routes. */
export async function readPackage(folder: string): Promise<ModelPackage> {
  const found = await readAnyPackage(folder);
  if (!isModelPackage(found)) throw failure.modelOnlyReads(found.manifest.name);
  return found;
}

export async function readAnyPackage(folder: string): Promise<AnyPackage> {
  const path = join(folder, 'manifest.json');
  const manifest = parseManifest(path, await readText(path));
  const { base, shape } = manifest;
  const fixed = 'reads' in manifest ? [manifest.reads] : [manifest.routing, manifest.layout];
  const { answers } = manifest.files;
  const encoding = packageFiles(manifest).filter(({ file }) => file !== answers?.file);
  const files = encoding.map(({ file, sha256 }) => [file, sha256]);
  const packageId = sha256Of(JSON.stringify([base.gguf.sha256, shape, ...fixed, files.sort()]));
  const weightsId = answers ? sha256Of(JSON.stringify([packageId, answers.sha256])) : packageId;
  return { folder, manifest, packageId, weightsId };
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isReaderPackage(model: AnyPackage): model is ReaderPackage {
  return 'reads' in model.manifest;
}

function isModelPackage(model: AnyPackage): model is ModelPackage {
  return !isReaderPackage(model);
}

/** Graphs of a form that the package has. */
export function graphFiles({ encoder, reader }: GraphSet): PackageFile[] {
  return encoder ? [encoder, reader] : [reader];
}

/** Every file of the package but the manifest and the base. */
export function packageFiles({ files, graphs }: PackageManifest): PackageFile[] {
  const ofForms = Object.values(graphs).flatMap((form) => [...graphFiles(form), form.tensors]);
  return [...Object.values(files), ...ofForms];
}

/** Compares every file of the package with the manifest; the first that differs is the error. */
export async function checkPackageFiles(model: AnyPackage): Promise<void> {
  for (const entry of packageFiles(model.manifest)) {
    const detail = await differenceOf(join(model.folder, entry.file), entry);
    if (detail) throw failure.modelCorrupt(join(model.folder, entry.file), detail);
  }
}

/** What is wrong with a file, or undefined. */
export async function differenceOf(path: string, expected: PackageFile): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size !== expected.bytes) return `it has ${size} bytes instead of ${expected.bytes}`;
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    return sha256 === expected.sha256 ? undefined : `its checksum is ${sha256} instead of ${expected.sha256}`;
  } catch (error) {
    return `it cannot be read (${messageOf(error)})`;
  }
}

function parseManifest(path: string, text: string): Manifest | ReaderManifest {
  let manifest: Manifest | ReaderManifest;
  try {
    manifest = JSON.parse(text) as Manifest | ReaderManifest;
  } catch (error) {
    throw failure.modelCorrupt(path, `it is not JSON (${messageOf(error)})`);
  }
  if (manifest.format > manifestFormat) throw failure.modelTooNew(path, manifest.format, manifestFormat);
  if (manifest.format < manifestFormat) {
    const detail = `it has the older format ${manifest.format}; export it again, see training/README.md`;
    throw failure.modelCorrupt(path, detail);
  }
  const own = 'reads' in manifest ? ['reads'] : ['routing', 'layout', 'chat', 'thresholds'];
  const sections = ['base', 'shape', ...own, 'graphs', 'files'];
  const missing = sections.find((section) => typeof Reflect.get(manifest, section) !== 'object');
  if (missing) throw failure.modelCorrupt(path, `it has no section "${missing}"`);
  return manifest;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw failure.modelCorrupt(path, `it cannot be read (${messageOf(error)})`);
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof ExpectedError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
