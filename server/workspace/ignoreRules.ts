import ignore, { type Ignore } from 'ignore';

/** What one folder's ignore files say. */
export interface IgnoreTexts {
  gitignore?: string;
  landmarkignore?: string;
}

/** Files that hold ignore rules, by what they are called in `IgnoreTexts`. */
export const ignoreFileNames = { gitignore: '.gitignore', landmarkignore: '.landmarkignore' } as const;

/**
 * The ignore rules in force inside one folder: those of every `.gitignore` from the root down, then those of
 * every `.landmarkignore`, then the user's own patterns. The last rule that matches decides, so a deeper file
 * overrules a higher one, `.landmarkignore` may bring back what git leaves out, and the user has the last word.
 *
 * Rules of a deeper folder are rewritten to paths from the root. One list from the root on is what makes a
 * folder that a deeper rule brings back stay back for everything inside it.
 */
export class IgnoreRules {
  static readonly none = new IgnoreRules([], [], []);

  /** @param patterns of the user's settings, in the syntax of .gitignore, from the root on */
  static ofUser(patterns: readonly string[]): IgnoreRules {
    return new IgnoreRules([], [], patternsFromRoot('', patterns.join('\n')));
  }

  readonly #matcher: Ignore;

  private constructor(
    private readonly gitPatterns: readonly string[],
    private readonly landmarkPatterns: readonly string[],
    private readonly userPatterns: readonly string[],
  ) {
    // The same text must give the same windows on every machine, so letter case always counts.
    this.#matcher = ignore({ ignorecase: false }).add([...gitPatterns, ...landmarkPatterns, ...userPatterns]);
  }

  /** @param folder relative to the root, empty or ending on a slash */
  within(folder: string, { gitignore, landmarkignore }: IgnoreTexts): IgnoreRules {
    if (gitignore === undefined && landmarkignore === undefined) return this;
    return new IgnoreRules(
      [...this.gitPatterns, ...patternsFromRoot(folder, gitignore)],
      [...this.landmarkPatterns, ...patternsFromRoot(folder, landmarkignore)],
      this.userPatterns,
    );
  }

  /** @param path relative to the root; a folder ends on a slash; its parents are known not to be ignored */
  ignores(path: string): boolean {
    return this.#matcher.ignores(path);
  }
}

function patternsFromRoot(folder: string, text = ''): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => (folder === '' ? line : fromRoot(folder, line)));
}

function fromRoot(folder: string, line: string): string {
  const negation = line.startsWith('!') ? '!' : '';
  // A backslash that kept the first character from being a sign is needless once it is not the first.
  const pattern = line.slice(negation.length).replace(/^\\(?=[#!])/, '');
  const literalFolder = folder.replace(/[\\*?[\]]/g, '\\$&');
  const body = pattern.replace(/^\//, '');
  // A slash before the end ties a pattern to its own folder; without one it holds at every depth below.
  const isAnchored = /\/(?=.*[^/\s])/.test(pattern);
  return `${negation}/${literalFolder}${isAnchored ? '' : '**/'}${body}`;
}
