// Bundles every process of the product into dist/: the language server, the command line, the extension
// client and the benches. Native and host modules stay outside the bundles.
import { build } from 'esbuild';
import { existsSync, readdirSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  external: ['vscode', 'onnxruntime-node'],
  // Bundled ESM dependencies may read import.meta.url, which CommonJS lacks.
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const benches = existsSync('bench')
  ? readdirSync('bench').filter((name) => name.endsWith('.ts') && name !== 'support.ts')
  : [];
await build({
  ...common,
  outdir: 'dist',
  entryPoints: [
    { in: 'server/main.ts', out: 'server' },
    { in: 'cli/main.ts', out: 'cli' },
    { in: 'src/extension.ts', out: 'extension' },
    ...benches.map((name) => ({ in: `bench/${name}`, out: `bench-${name.slice(0, -3)}` })),
  ],
});
