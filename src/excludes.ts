/** The editor's lists of what not to show or search, as patterns of .gitignore, which the server reads. */

/** As the settings hold it: a glob, and whether it counts; `{ when: … }` depends on siblings and is left out. */
export type ExcludeSetting = Readonly<Record<string, unknown>>;

/** More patterns than a person writes; the server takes no more than 1,000. */
const patternsMax = 500;

/** @param own patterns of this extension's setting, which are in .gitignore's syntax already */
export function excludePatterns(own: readonly unknown[], ...ofEditor: readonly ExcludeSetting[]): string[] {
  const globs = ofEditor.flatMap((setting) =>
    Object.entries(setting).flatMap(([glob, counts]) => (counts === true ? [glob] : [])),
  );
  const patterns = [
    ...globs.flatMap(fromGlob),
    ...own.filter((pattern): pattern is string => typeof pattern === 'string' && pattern.trim() !== ''),
  ];
  return [...new Set(patterns)].slice(0, patternsMax);
}

/** One pattern for each choice of a glob's braces; VS Code's globs start at the folder, like `/name`. */
function fromGlob(glob: string): string[] {
  const trimmed = glob.trim();
  if (trimmed === '') return [];
  return withoutBraces(trimmed).map((one) =>
    one.startsWith('**/') || one.startsWith('/') ? one : `/${one}`,
  );
}

function withoutBraces(glob: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(glob);
  if (!braces) return [glob];
  return braces[1]!
    .split(',')
    .flatMap((choice) =>
      withoutBraces(glob.slice(0, braces.index) + choice + glob.slice(braces.index + braces[0].length)),
    )
    .slice(0, patternsMax);
}

/** The pattern that leaves out one folder, by its path in the workspace folder. */
export function folderPattern(path: string): string {
  const escaped = path.replace(/[*?[\]\\!#]/g, '\\$&');
  return `/${escaped.replace(/\/+$/, '')}/`;
}
