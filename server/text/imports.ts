/**
 * Which file uses which, by what its lines import: JavaScript and TypeScript, Python, Go, Rust, C and C++, Java and Kotlin. Nothing is
 * run and nothing guessed: what does not resolve to a file that is given is left out.
 */

import type { TextFile } from './windows';

/** Later lines of a file are not looked at: imports stand at its beginning. */
export const importLinesMax = 1_000;
/** Longer lines are data or were written by a tool. */
const importCharsMax = 400;

export interface Import {
  /** 1-based. */
  line: number;
  /** The path of the file that is used. */
  target: string;
}

type Source = Pick<TextFile, 'path' | 'lines'>;

const scriptEndings = [
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.d.ts',
  '.vue',
  '.svelte',
];
const jvmEndings = ['.java', '.kt', '.scala'];
const languageOfEnding: Record<string, keyof typeof extractors> = {
  ...named('script', 'ts tsx mts cts js jsx mjs cjs vue svelte'),
  ...named('python', 'py pyi'),
  ...named('go', 'go'),
  ...named('rust', 'rs'),
  ...named('c', 'c cc cpp cxx h hh hpp hxx m mm'),
  ...named('jvm', 'java kt scala'),
};
/** What a line imports, and as which files it may stand in the workspace, likeliest first. */
const extractors = { script, python, go, rust, c: include, jvm };

function named<Language extends string>(language: Language, endings: string): Record<string, Language> {
  return Object.fromEntries(endings.split(' ').map((ending) => [ending, language]));
}

export function canImport(path: string): boolean {
  return languageOf(path) !== undefined;
}

function languageOf(path: string): keyof typeof extractors | undefined {
  return languageOfEnding[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
}

/** Files by their paths, by the ends of these, and by the names that packages of the workspace give themselves. */
export class FileTree {
  private readonly paths: Set<string>;
  private readonly byName = new Map<string, string[]>();
  private readonly goFiles = new Map<string, string>();
  /** By the name of a package: its folder. */
  readonly packages: Record<'npm' | 'go' | 'cargo', Map<string, string>>;
  /** Folders that hold Python packages. */
  readonly pythonRoots: string[];

  constructor(files: readonly Source[]) {
    this.paths = new Set(files.map(({ path }) => path));
    this.packages = { npm: new Map(), go: new Map(), cargo: new Map() };
    for (const file of files) {
      const { path } = file;
      const name = nameOf(path);
      this.byName.set(name, [...(this.byName.get(name) ?? []), path]);
      if (name.endsWith('.go') && !name.endsWith('_test.go') && !this.goFiles.has(folderOf(path)))
        this.goFiles.set(folderOf(path), path);
      this.addPackage(file);
    }
    const initialised = [...(this.byName.get('__init__.py') ?? [])].map(folderOf);
    const tops = initialised.map(folderOf).filter((parent) => !this.paths.has(joined(parent, '__init__.py')));
    this.pythonRoots = [...new Set([...tops, '', 'src'])];
  }

  private addPackage({ path, lines }: Source): void {
    const folder = folderOf(path);
    const find = (form: RegExp): string | undefined =>
      lines
        .slice(0, importLinesMax)
        .find((line) => form.test(line))
        ?.match(form)?.[1];
    const name = nameOf(path);
    const found = {
      npm: name === 'package.json' && folder !== '' ? find(/^\s*"name"\s*:\s*"([^"]+)"/) : undefined,
      go: name === 'go.mod' ? find(/^module\s+(\S+)/) : undefined,
      cargo: name === 'Cargo.toml' ? find(/^name\s*=\s*"([^"]+)"/)?.replaceAll('-', '_') : undefined,
    };
    for (const kind of ['npm', 'go', 'cargo'] as const)
      if (found[kind] !== undefined) this.packages[kind].set(found[kind], folder);
  }

  /** The first of these paths that there is. */
  first(candidates: readonly string[]): string | undefined {
    return candidates.find((path) => this.paths.has(path));
  }

  /** The one file whose path ends so; undefined where there are several. */
  byEnd(end: string): string | undefined {
    const [first, ...others] = (this.byName.get(nameOf(end)) ?? []).filter((path) =>
      `/${path}`.endsWith(`/${end}`),
    );
    return others.length === 0 ? first : undefined;
  }

  goFileOf(folder: string): string | undefined {
    return this.goFiles.get(folder);
  }

  /** What a file imports of the others, each once, in the order of its lines. */
  importsOf({ path, lines }: Source): Import[] {
    const language = languageOf(path);
    if (!language) return [];
    const found = new Map<string, number>();
    const context: Context = { path, tree: this, isInBlock: false };
    lines.slice(0, importLinesMax).forEach((line, at) => {
      if (line.length > importCharsMax) return;
      for (const target of extractors[language](line, context))
        if (target !== undefined && target !== path && !found.has(target)) found.set(target, at + 1);
    });
    return [...found].map(([target, line]) => ({ line, target }));
  }
}

interface Context {
  path: string;
  tree: FileTree;
  /** Between the brackets of a Go import. */
  isInBlock: boolean;
}

type Targets = (string | undefined)[];

function script(line: string, { path, tree }: Context): Targets {
  const specifiers = line.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"]+)\1/g);
  return [...specifiers].map(([, , specifier]) => {
    if (specifier!.startsWith('.')) return tree.first(scriptFiles(joined(folderOf(path), specifier!)));
    const name = [...tree.packages.npm.keys()].find((one) => `${specifier}/`.startsWith(`${one}/`));
    if (name === undefined) return undefined;
    const folder = tree.packages.npm.get(name)!;
    return tree.first([...scriptFiles(joined(folder, 'src/index')), joined(folder, 'package.json')]);
  });
}

function scriptFiles(path: string): string[] {
  const bare = path.replace(/\.[mc]?jsx?$/, '');
  return [
    path,
    ...scriptEndings.map((ending) => `${bare}${ending}`),
    ...scriptEndings.map((ending) => `${path}${ending}`),
    ...scriptEndings.map((ending) => `${path}/index${ending}`),
  ];
}

function python(line: string, { path, tree }: Context): Targets {
  const from = /^\s*from\s+(\.*)([\w.]*)\s+import\s+(.*)/.exec(line);
  if (from) {
    const [, dots, module, names] = from as unknown as [string, string, string, string];
    const steps = module === '' ? [] : module.split('.');
    const roots = dots === '' ? tree.pythonRoots : [above(folderOf(path), dots.length - 1)];
    const parts = names.replace(/[()#].*$/g, '').split(',');
    const modules = parts.map((part) => /^\s*(\w+)/.exec(part)?.[1]).filter((name) => name !== undefined);
    const ofNames = modules.map((name) =>
      tree.first(roots.flatMap((root) => pythonFiles(root, [...steps, name]))),
    );
    const found = ofNames.filter((target) => target !== undefined);
    return found.length > 0 || steps.length === 0
      ? found
      : [tree.first(roots.flatMap((root) => pythonFiles(root, steps)))];
  }
  const imported = /^\s*import\s+([\w., ]+)/.exec(line)?.[1] ?? '';
  return imported.split(',').map((part) => {
    const steps = part.trim().split(/\s/)[0]!.split('.');
    return tree.first(tree.pythonRoots.flatMap((root) => pythonFiles(root, steps)));
  });
}

function pythonFiles(root: string, steps: readonly string[]): string[] {
  const path = joined(root, steps.join('/'));
  return [`${path}.py`, `${path}/__init__.py`, `${path}.pyi`];
}

function go(line: string, context: Context): Targets {
  const isBegun = /^import\s*\(/.test(line);
  const isAlone = /^import\s+(?:[\w.]+\s+)?"/.test(line);
  if (context.isInBlock && line.startsWith(')')) context.isInBlock = false;
  const specifier = context.isInBlock || isAlone ? /"([^"]+)"/.exec(line)?.[1] : undefined;
  if (isBegun) context.isInBlock = true;
  if (specifier === undefined) return [];
  const { go: modules } = context.tree.packages;
  const module = [...modules.keys()].find((name) => `${specifier}/`.startsWith(`${name}/`));
  if (module === undefined) return [];
  return [context.tree.goFileOf(joined(modules.get(module)!, specifier.slice(module.length + 1)))];
}

function rust(line: string, { path, tree }: Context): Targets {
  const used = /^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+(\w+)::(.*)/.exec(line);
  if (!used) return [];
  const [, head, rest] = used as unknown as [string, string, string];
  const folder = rustFolder(head, path);
  if (folder === undefined) {
    const other = tree.packages.cargo.get(head);
    return other === undefined ? [] : [tree.first([joined(other, 'src/lib.rs')])];
  }
  return topNames(rest).map((name) => {
    const file = joined(folder, name);
    return tree.first([`${file}.rs`, `${file}/mod.rs`]);
  });
}

/** The folder of a module's own modules; undefined for another crate. */
function rustFolder(head: string, path: string): string | undefined {
  const isRootOfFolder = /(^|\/)(mod|lib|main)\.rs$/.test(path);
  const own = isRootOfFolder ? folderOf(path) : path.replace(/\.rs$/, '');
  if (head === 'self') return own;
  if (head === 'super') return folderOf(own);
  if (head !== 'crate') return undefined;
  const src = `/${path}`.lastIndexOf('/src/');
  return src < 0 ? folderOf(path) : path.slice(0, src + 'src'.length);
}

/** a::b -> a; {a::{b, c}, d} -> a, d */
function topNames(text: string): string[] {
  if (!text.startsWith('{')) return /^\w+/.exec(text) ?? [];
  const names: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(/[{}]|(?<![\w:])\w+/g)) {
    if (token === '{') depth++;
    else if (token === '}') depth--;
    else if (depth === 1) names.push(token);
  }
  return names;
}

function include(line: string, { path, tree }: Context): Targets {
  const file = /^\s*#\s*(?:include|import)\s+["<]([^">]+)[">]/.exec(line)?.[1];
  return file === undefined ? [] : [tree.first([joined(folderOf(path), file)]) ?? tree.byEnd(file)];
}

function jvm(line: string, { tree }: Context): Targets {
  const name = /^\s*import\s+(?:static\s+)?([\w.]+)/.exec(line)?.[1];
  if (name === undefined) return [];
  const steps = name.split('.');
  // A static import names a member of its class.
  const ends = [steps, steps.slice(0, -1)].flatMap((some) =>
    jvmEndings.map((ending) => `${some.join('/')}${ending}`),
  );
  return [ends.map((end) => tree.byEnd(end)).find((target) => target !== undefined)];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function above(folder: string, steps: number): string {
  return steps === 0 ? folder : above(folderOf(folder), steps - 1);
}

/** Without `.` and `..`; what leads beyond the root is no path of it. */
function joined(folder: string, path: string): string {
  const steps: string[] = [];
  for (const step of [...folder.split('/'), ...path.split('/')]) {
    if (step === '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  return steps.join('/');
}
