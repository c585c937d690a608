// Makes the extension's package of one platform, from the build in dist/:
//
//   npm run package -- --target linux-x64 [--out FILE]
//
// What is shipped is copied into a temporary folder, by lists of what is wanted and never of what is not; the finished
// file is read back and held against the allow-list below. Base weights are not shipped: they are fetched once, when
// the user says so.
import { createVSIX } from '@vscode/vsce';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import yauzl from 'yauzl';

export const targets = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
/** Small enough to be installed over a slow line; nearly all of it is ONNX Runtime and the landmark weights. */
export const packageBytesMax = 60 * 1024 * 1024;

const root = import.meta.dirname;
const filesOfReader = [
  ...['manifest.json', 'LICENSE', 'NOTICE'],
  ...['int8', 'blocks'].flatMap((form) => [`reader.${form}.onnx`, `tensors.${form}.json`]),
];
const filesOfModel = [
  ...filesOfReader,
  ...[
    'calibration.json',
    'tokenizer.json',
    'landmarks.safetensors',
    'encoder.int8.onnx',
    'encoder.blocks.onnx',
  ],
];
const modelFiles = [
  ...['qwen2.5-coder-0.5b-landmark', 'qwen2.5-coder-1.5b-landmark'].flatMap((name) =>
    filesOfModel.map((file) => `${name}/${file}`),
  ),
  'qwen2.5-coder-0.5b-landmark/answers.safetensors',
  ...filesOfReader.map((file) => `qwen2.5-coder-1.5b-reader/${file}`),
];

/** Every path that may stand in a package, as vsce names it. */
const allowed = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/(package(\.nls(\.[\w-]+)?)?\.json|readme\.md|LICENSE\.txt|NOTICE)$/,
  // The build, but for benches, tests and source maps.
  /^extension\/dist\/(?!bench-|test-)[\w./-]+\.(js|css|ttf|woff2|wasm|txt)$/,
  /^extension\/media\/[\w./-]+\.(svg|png|md)$/,
  /^extension\/l10n\/[\w.-]+\.json$/,
  /^extension\/docs\/images\/[\w.-]+\.png$/,
  new RegExp(`^extension/models/(${modelFiles.map(escaped).join('|')})$`),
  /^extension\/node_modules\/onnxruntime-node\/(package\.json|README\.md|dist\/\w+\.js)$/,
  /^extension\/node_modules\/onnxruntime-common\/(package\.json|README\.md|dist\/cjs\/([\w-]+\.js|package\.json))$/,
];
/** Of providers that the product never asks for: DirectML, which the runtime loads where it is asked for, and WebGPU's compilers. */
const unusedBinaries = /^(DirectML|dxcompiler|dxil)\.dll$/;
const runtimeOf = (target) => {
  const [platform, architecture] = target.split('-');
  return `onnxruntime-node/bin/napi-v6/${platform}/${architecture}`;
};

/** Paths that must not stand in a target's package: those of no rule, and binaries of other platforms. */
export function unexpectedFiles(files, target) {
  const binaries = `extension/node_modules/${runtimeOf(target)}/`;
  return files.filter((file) => !file.startsWith(binaries) && !allowed.some((rule) => rule.test(file)));
}

/** Makes the package and returns { path, bytes, files }; throws an error that says what is wrong. */
export async function packageExtension(target, out) {
  if (!targets.includes(target)) {
    throw new Error(`There is no target "${target}". Targets: ${targets.join(', ')}.`);
  }
  const runtime = join(root, 'node_modules', runtimeOf(target));
  if (!existsSync(join(runtime, 'onnxruntime_binding.node'))) {
    throw new Error(`onnxruntime-node ships no binary for ${target}, so there can be no package for it.`);
  }
  if (!existsSync(join(root, 'dist', 'extension.js'))) throw new Error('Run `npm run build` first.');
  const { name, version } = readJson(join(root, 'package.json'));
  const path = resolve(out ?? `${name}-${target}-${version}.vsix`);
  const stage = mkdtempSync(join(tmpdir(), 'landmark-package-'));
  try {
    stageFiles(stage, target);
    await createVSIX({
      cwd: stage,
      packagePath: path,
      target,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  const result = { path, bytes: statSync(path).size, files: await filesOf(path) };
  check(result, target);
  return result;
}

function check({ path, bytes, files }, target) {
  const problems = unexpectedFiles(files, target).map((file) => `${file} does not belong into it`);
  if (bytes > packageBytesMax)
    problems.push(`it has ${megabytes(bytes)}, ${megabytes(packageBytesMax)} are allowed`);
  if (problems.length === 0) return;
  rmSync(path);
  throw new Error(`The package for ${target} was not kept:\n  ${problems.join('\n  ')}`);
}

function stageFiles(stage, target) {
  const copy = (path, filter = () => true) => {
    if (existsSync(join(root, path)))
      cpSync(join(root, path), join(stage, path), { recursive: true, filter });
  };
  const manifest = readJson(join(root, 'package.json'));
  writeJson(join(stage, 'package.json'), shippedManifest(manifest));
  const texts = readdirSync(root).filter((file) => /^package\.nls(\.[\w-]+)?\.json$/.test(file));
  for (const path of [...texts, 'LICENSE', 'NOTICE', 'l10n']) copy(path);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  writeFileSync(join(stage, 'README.md'), withoutFileLinks(readme));
  copy('dist', (path) => !/(\.map|[\\/](bench|test)-[^\\/]*)$/.test(path));
  // Sources of the pages lie beside their styles and pictures; what is made of them is in dist/.
  copy('media', (path) => !/(\.tsx?|\.css|tsconfig\.json)$/.test(path));
  for (const image of picturesOf(readme)) copy(image);
  for (const file of modelFiles) copy(join('models', file));
  stageRuntime(stage, target);
  // Nothing more is to be left out; without the file vsce warns that there is none.
  writeFileSync(join(stage, '.vscodeignore'), '');
}

/** vsce packs the dependencies of this manifest; all others are bundled. */
function shippedManifest(manifest) {
  const { 'onnxruntime-node': runtime } = manifest.dependencies;
  const kept = without(manifest, ['devDependencies', 'scripts', 'bin', 'private']);
  return { ...kept, dependencies: { 'onnxruntime-node': runtime } };
}

/** A link to a file of the repository leads nowhere once the extension is installed: its text stays. */
export function withoutFileLinks(text) {
  return text.replace(/(?<!!)\[([^\]]*)\]\((?![a-z]+:|#)[^)]*\)/g, '$1');
}

/** Pictures that README.md shows: where the package is looked at, they come out of the package. */
function picturesOf(text) {
  return [...text.matchAll(/!\[[^\]]*\]\(([^):]+)\)/g)].map(([, path]) => path);
}

function stageRuntime(stage, target) {
  const modules = join(stage, 'node_modules');
  const from = join(root, 'node_modules');
  const isCode = (path) => statSync(path).isDirectory() || /(\.js|package\.json)$/.test(path);
  cpSync(join(from, 'onnxruntime-node', 'dist'), join(modules, 'onnxruntime-node', 'dist'), {
    recursive: true,
    filter: isCode,
  });
  const common = join('onnxruntime-common', 'dist', 'cjs');
  cpSync(join(from, common), join(modules, common), { recursive: true, filter: isCode });
  for (const file of ['onnxruntime-node/README.md', 'onnxruntime-common/README.md']) {
    cpSync(join(from, file), join(modules, file));
  }
  const binaries = runtimeOf(target);
  mkdirSync(join(modules, binaries), { recursive: true });
  for (const file of readdirSync(join(from, binaries))) {
    if (unusedBinaries.test(file)) continue;
    // macOS binaries come twice, as archives of npm hold no links; the loader asks for the short name.
    if (/^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(file)) continue;
    cpSync(join(from, binaries, file), join(modules, binaries, file));
  }
  // Without what only its install script (which fetches CUDA) needs.
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    const manifest = readJson(join(from, name, 'package.json'));
    const dependencies = Object.entries(manifest.dependencies ?? {}).filter(
      ([other]) => other === 'onnxruntime-common',
    );
    const kept = without(manifest, ['devDependencies', 'scripts']);
    writeJson(join(modules, name, 'package.json'), {
      ...kept,
      dependencies: Object.fromEntries(dependencies),
    });
  }
}

/** The paths in a package, sorted. */
export function filesOf(path) {
  return new Promise((done, failed) => {
    yauzl.open(path, { lazyEntries: true }, (error, zip) => {
      if (error) return failed(error);
      const files = [];
      zip.on('entry', ({ fileName }) => {
        files.push(fileName);
        zip.readEntry();
      });
      zip.on('error', failed);
      zip.on('end', () => done(files.sort()));
      zip.readEntry();
    });
  });
}

function without(manifest, names) {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !names.includes(name)));
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

function megabytes(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

if (process.argv[1] === import.meta.filename) {
  try {
    const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
    if (values.target === undefined) throw new Error(`--target is missing: one of ${targets.join(', ')}.`);
    const { path, bytes, files } = await packageExtension(values.target, values.out);
    console.log(`${path}: ${megabytes(bytes)}, ${files.length} files`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
