/** Folders of real source: two Python packages, and the projects of the other benches. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { unpackPackage } from '../questions/packages';
import { buildProject, projectNames, readSources } from '../questions/projects';

export interface SourceFile {
  path: string;
  text: string;
}

export interface Project {
  name: string;
  files: SourceFile[];
}

const extensions = ['.py', '.ts', '.go', '.rs'];
const python = [
  { registry: 'pypi', name: 'flask', version: '3.1.3' },
  { registry: 'pypi', name: 'requests', version: '2.32.5' },
] as const;

export function pythonProjects(): Project[] {
  return fetched(python.map((source) => ({ name: source.name, root: () => unpackPackage(source) })));
}

/** Those of `bench/questions/projects.tsv`. */
export function askedProjects(): Project[] {
  return projectsOf(readSources());
}

/** Those that haystacks are made of. */
export function strawProjects(): Project[] {
  return projectsOf(readSources(join('bench', 'needles', 'haystack.tsv')));
}

function projectsOf(sources: ReturnType<typeof readSources>): Project[] {
  return fetched(projectNames(sources).map((name) => ({ name, root: () => buildProject(name, sources) })));
}

/** A registry may be out of reach: what it would have given is left out and said. */
function fetched(wanted: readonly { name: string; root: () => string }[]): Project[] {
  return wanted.flatMap(({ name, root }) => {
    try {
      return [{ name, files: sourceFiles(root()) }];
    } catch (error) {
      console.error(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

/** In an order that depends on nothing but their names. */
function sourceFiles(root: string): SourceFile[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const keyed = names
    .filter((name) => extensions.includes(extname(name)))
    .map((name) => ({ name, key: createHash('sha256').update(name).digest('hex') }));
  keyed.sort((left, right) => (left.key < right.key ? -1 : 1));
  return keyed.map(({ name }) => ({ path: name, text: readFileSync(join(root, name), 'utf8') }));
}
