/** What is hidden in a haystack: small functions, asked for in other words than they are written in, and pass keys. */

import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export type NeedleKind = 'function' | 'pass key';

export interface Needle {
  id: string;
  kind: NeedleKind;
  /** Of the files it may stand in. */
  extension: string;
  question: string;
  code: string;
  /** What an answer has to say: the function's name, or the pass key. */
  key: string;
}

/** The languages of needles and of the files around them. */
export const extensions = ['.py', '.ts', '.go', '.rs'];

const functionFolder = join('bench', 'needles', 'functions');
const definition = /(?:def|function|func|fn) (\w+)/;

/** Each file: a question, a line of dashes, code. The name ends on the code's extension and `.txt`. */
export function readFunctions(): Needle[] {
  return readdirSync(functionFolder)
    .sort()
    .map((name): Needle => {
      const [question, rest] = readFileSync(join(functionFolder, name), 'utf8').split('\n---\n');
      const id = name.replace(/\.txt$/, '');
      const code = rest!.trimEnd();
      const key = definition.exec(code)![1]!;
      return { id, kind: 'function', extension: extname(id), question: question!.trim(), code, key };
    });
}

/** Whose pass keys are hidden. */
const owners = [
  ...['harbour', 'orchard', 'lighthouse', 'quarry', 'bakery', 'vineyard', 'windmill', 'foundry', 'aquarium'],
  ...[
    'monastery',
    'brewery',
    'greenhouse',
    'observatory',
    'sawmill',
    'tannery',
    'apiary',
    'ferry',
    'pottery',
  ],
  ...['granary', 'shipyard'],
];

const passKeyCode: Record<string, (owner: string, key: string) => string> = {
  '.py': (owner, key) => `# The pass key of the ${owner}.\n${owner.toUpperCase()}_PASS_KEY = "${key}"`,
  '.ts': (owner, key) => `/** The pass key of the ${owner}. */\nexport const ${owner}PassKey = '${key}';`,
  '.go': (owner, key) =>
    `// ${owner}PassKey is the pass key of the ${owner}.\nconst ${owner}PassKey = "${key}"`,
  '.rs': (owner, key) =>
    `/// The pass key of the ${owner}.\npub const ${owner.toUpperCase()}_PASS_KEY: &str = "${key}";`,
};

/** As many as there are functions: a number of five digits each, in the languages in turn. */
export function makePassKeys(): Needle[] {
  return owners.map((owner, at): Needle => {
    const extension = extensions[at % extensions.length]!;
    // A stride without a common factor with the range: no two are alike, and none can be guessed from another.
    const key = String(10_000 + (((at + 1) * 48_611) % 90_000));
    const question = `What is the pass key of the ${owner}?`;
    const code = passKeyCode[extension]!(owner, key);
    return { id: owner, kind: 'pass key', extension, question, code, key };
  });
}
