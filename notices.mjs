// The licences of what stands in the bundles, as their packages give them: whoever passes on a bundle passes these on.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Not bundled, and shipped as they are beside the bundles. */
const shippedWhole = ['node_modules/onnxruntime-node', 'node_modules/onnxruntime-common'];

/** @param metafiles of esbuild, of the builds that are shipped */
export function thirdPartyNotices(metafiles) {
  const shipped = metafiles.flatMap(({ outputs }) =>
    Object.entries(outputs).filter(([path]) => !/[\\/](bench|test)-/.test(path)),
  );
  const inputs = shipped.flatMap(([, { inputs: files }]) => Object.keys(files));
  const folders = new Set([...inputs.flatMap(packageFolder), ...shippedWhole]);
  // A package may stand in two folders.
  const notices = new Set([...folders].sort().map(noticeOf));
  return `${['Landmark holds parts of these packages.', ...notices].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** The folder of the package that a file belongs to: none where the file is ours. */
function packageFolder(file) {
  const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file.replaceAll('\\', '/'));
  return found ? [found[1]] : [];
}

function noticeOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  if (typeof license !== 'string' && files.length === 0) {
    throw new Error(
      `${name} is bundled and says nothing of its licence; look it up, or use another package.`,
    );
  }
  const by = typeof author === 'string' ? author : author?.name;
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const head = [`${name} ${version}`, license, by].filter(Boolean).join(', ');
  return [head, ...texts].join('\n\n');
}
