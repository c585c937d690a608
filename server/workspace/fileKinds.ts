/** What is left out by its name alone, whatever the ignore files say. */

/** What version control keeps for itself; nobody asks for it by name either. */
const historyFolders = new Set(['.git', '.hg', '.svn']);
const ignoredFolders = new Set([...historyFolders, 'node_modules']);

/** Written by tools for tools: thousands of lines that answer no question. */
const ignoredFiles = new Set([
  'package-lock.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'poetry.lock',
  'Cargo.lock',
]);
const ignoredEndings = ['.min.js', '.min.css', '.map'];

const binaryExtensions = new Set(
  (
    'png jpg jpeg gif bmp ico icns webp avif tif tiff psd heic mp3 mp4 m4a m4v wav ogg flac aac avi mov mkv webm ' +
    'zip gz tgz bz2 xz zst 7z rar tar jar war whl egg nupkg vsix dmg iso exe dll so dylib a o obj lib pdb class ' +
    'pyc pyo wasm bin dat db sqlite sqlite3 pdf doc docx xls xlsx ppt pptx odt woff woff2 ttf otf eot gguf onnx ' +
    'safetensors pt pth npy npz pkl h5 parquet'
  ).split(' '),
);

export function isAlwaysIgnoredFolder(name: string): boolean {
  return ignoredFolders.has(name);
}

export function isHistoryFolder(name: string): boolean {
  return historyFolders.has(name);
}

export function isAlwaysIgnoredFile(name: string): boolean {
  return ignoredFiles.has(name) || ignoredEndings.some((ending) => name.endsWith(ending));
}

export function hasBinaryExtension(name: string): boolean {
  const dot = name.lastIndexOf('.');
  return dot >= 0 && binaryExtensions.has(name.slice(dot + 1).toLowerCase());
}
