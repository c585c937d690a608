import { posix, win32, type PlatformPath } from 'node:path';

/** How one system writes absolute paths, and which of them name the same file. */
export interface PathFlavour {
  isAbsolute(path: string): boolean;
  /** @param path relative, with forward slashes */
  join(folder: string, path: string): string;
  /** Without dots, doubled separators and a separator at the end. */
  normalize(path: string): string;
  /** Equal for absolute paths that name the same file, as far as spelling tells. */
  key(path: string): string;
  /**
   * An absolute path as seen from a folder: relative, with forward slashes; empty for the folder itself, undefined
   * for what lies outside.
   */
  inside(folder: string, path: string): string | undefined;
}

/** @param letters whether `A` and `a` name the same file */
export function pathFlavour(system: PlatformPath, letters: 'differ' | 'same'): PathFlavour {
  const fold = (text: string): string => (letters === 'same' ? text.toLowerCase() : text);
  const normalize = (path: string): string => {
    const normal = system.normalize(path);
    const { root } = system.parse(normal);
    return normal.length > root.length && normal.endsWith(system.sep) ? normal.slice(0, -1) : normal;
  };
  const parts = (path: string): string[] =>
    normalize(path)
      .split(system.sep)
      .filter((part, at) => part !== '' || at === 0);
  return {
    isAbsolute: (path) => system.isAbsolute(path),
    join: (folder, path) => system.join(folder, path),
    normalize,
    key: (path) => fold(normalize(path)),
    inside: (folder, path) => {
      const [outer, inner] = [parts(folder), parts(path)];
      if (outer.some((part, at) => fold(part) !== fold(inner[at] ?? ''))) return undefined;
      return inner.slice(outer.length).join('/');
    },
  };
}

/** `C:\Users\me` and `c:\users\ME` are one folder. */
export const windowsPaths = pathFlavour(win32, 'same');
/** What a Mac's disk is unless it was set up otherwise. */
export const macPaths = pathFlavour(posix, 'same');
export const linuxPaths = pathFlavour(posix, 'differ');

export const nodePaths: PathFlavour =
  process.platform === 'win32' ? windowsPaths : process.platform === 'darwin' ? macPaths : linuxPaths;
