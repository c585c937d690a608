// Bundles every process of the product into dist/: the language server, the command line, the extension
// client, its page and the benches. Native and host modules stay outside the bundles.
import { build } from 'esbuild';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { thirdPartyNotices } from './notices.mjs';

rmSync('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  metafile: true,
  external: ['vscode', 'onnxruntime-node'],
  // Its other form asks for its own files in a way that no bundler sees.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Bundled ESM dependencies may read import.meta.url, which CommonJS lacks.
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const benches = existsSync('bench')
  ? readdirSync('bench').filter((name) => name.endsWith('.ts') && name !== 'support.ts')
  : [];
const processes = await build({
  ...common,
  outdir: 'dist',
  entryPoints: [
    { in: 'server/main.ts', out: 'server' },
    { in: 'server/model/worker/main.ts', out: 'modelWorker' },
    { in: 'cli/main.ts', out: 'cli' },
    { in: 'src/languageClient.ts', out: 'languageClient' },
    ...benches.map((name) => ({ in: `bench/${name}`, out: `bench-${name.slice(0, -3)}` })),
  ],
});

// Every window loads this one, so what it needs only once it is asked stands in a file of its own.
const extension = await build({
  ...common,
  outdir: 'dist',
  entryPoints: [{ in: 'src/extension.ts', out: 'extension' }],
  external: [...common.external, './languageClient'],
  // Bundles are CommonJS, which an `import()` of Node's own would not find by this name.
  supported: { 'dynamic-import': false },
});

// The page of the Ask panel; it runs in a browser and may load nothing but these files.
const page = await build({
  bundle: true,
  metafile: true,
  platform: 'browser',
  target: 'chrome132',
  format: 'iife',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
  outdir: 'dist',
  entryPoints: [
    { in: 'media/ask/main.tsx', out: 'ask' },
    { in: 'media/ask/style/ask.css', out: 'ask' },
  ],
});

const metafiles = [processes, extension, page].map(({ metafile }) => metafile);
writeFileSync('dist/ThirdPartyNotices.txt', thirdPartyNotices(metafiles));
