import ignore, { type Ignore } from 'ignore';

/** What one folder's ignore files say. */
export interface IgnoreTexts {
  gitignore?: string;
  landmarkignore?: string;
}

/** Files that hold ignore rules, by what they are called in `IgnoreTexts`. */
export const ignoreFileNames = { gitignore: '.gitignore', landmarkignore: '.landmarkignore' } as const;

/** What settings say of every folder, in the syntax of .gitignore, from the root on. */
export interface UserPatterns {
  /** Has the last word. */
  exclude?: readonly string[];
  /** Brings back what anything but `exclude` leaves out, with all that is in it. */
  include?: readonly string[];
  /** The lists of the editor. */
  editorExclude?: readonly string[];
}

/**
 * The ignore rules in force inside one folder: those of every `.gitignore` from the root down, then those of
 * every `.landmarkignore`, then those of the editor, then the user's own. The last rule that matches decides, so a
 * deeper file overrules a higher one, `.landmarkignore` may bring back what git leaves out, and the user has the
 * last word.
 *
 * Rules of a deeper folder are rewritten to paths from the root. One list from the root on is what makes a
 * folder that a deeper rule brings back stay back for everything inside it.
 */
export class IgnoreRules {
  static readonly none = IgnoreRules.ofUser({});

  static ofUser({ exclude = [], include = [], editorExclude = [] }: UserPatterns): IgnoreRules {
    const own = fromSetting(exclude);
    return new IgnoreRules([], [], {
      patterns: [...fromSetting(editorExclude), ...own],
      excluded: matcherOf(own),
      // Asked of every path, and mostly empty.
      included: include.length === 0 ? undefined : matcherOf(fromSetting(include)),
      waysToIncluded: new Set(fromSetting(include).flatMap(foldersBefore)),
    });
  }

  readonly #matcher: Ignore;

  private constructor(
    private readonly gitPatterns: readonly string[],
    private readonly landmarkPatterns: readonly string[],
    private readonly user: UserRules,
  ) {
    this.#matcher = matcherOf([...gitPatterns, ...landmarkPatterns, ...user.patterns]);
  }

  /** @param folder relative to the root, empty or ending on a slash */
  within(folder: string, { gitignore, landmarkignore }: IgnoreTexts): IgnoreRules {
    if (gitignore === undefined && landmarkignore === undefined) return this;
    return new IgnoreRules(
      [...this.gitPatterns, ...patternsFromRoot(folder, gitignore)],
      [...this.landmarkPatterns, ...patternsFromRoot(folder, landmarkignore)],
      this.user,
    );
  }

  /** @param path relative to the root; a folder ends on a slash; its parents are known not to be ignored */
  ignores(path: string): boolean {
    return this.#matcher.ignores(path);
  }

  /** Whether the user asks for a path by name, so that nothing else leaves it out. */
  includes(path: string): boolean {
    const { included, excluded } = this.user;
    return included !== undefined && included.ignores(path) && !excluded.ignores(path);
  }

  /** Whether something that the user asks for may lie in a folder that is left out. */
  leadsToIncluded(folder: string): boolean {
    return this.user.waysToIncluded.has(folder) && !this.user.excluded.ignores(folder);
  }
}

interface UserRules {
  patterns: readonly string[];
  excluded: Ignore;
  included: Ignore | undefined;
  waysToIncluded: ReadonlySet<string>;
}

/** The same text must give the same windows on every machine, so letter case always counts. */
function matcherOf(patterns: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add([...patterns]);
}

function fromSetting(patterns: readonly string[]): string[] {
  return patternsFromRoot('', patterns.join('\n'));
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

/** The folders one goes through to what `a/b/*.ts` names: `a/` and `a/b/`, as far as they are spelled out. */
function foldersBefore(pattern: string): string[] {
  if (pattern.startsWith('!')) return [];
  const parts = pattern.replace(/^\//, '').split('/');
  const wild = parts.findIndex((part) => /[*?[\]\\]/.test(part));
  const literal = parts.slice(0, wild < 0 ? parts.length - 1 : wild);
  return literal.map((_, at) => `${literal.slice(0, at + 1).join('/')}/`);
}
