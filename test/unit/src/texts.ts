import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../oracle/fixtures';

/** Every literal that is translated in code: the first argument of `l10n.t` and of a view model's `t`. */
export function translatedTexts(): string[] {
  const source = join(repositoryRoot, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return [...new Set(files.flatMap((name) => textsOf(readFileSync(join(source, name), 'utf8'))))];
}

function textsOf(source: string): string[] {
  const calls = source.matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g);
  return [...calls].map(([, single, double]) =>
    (single ?? double ?? '').replace(/\\(n|.)/g, (_, mark: string) => (mark === 'n' ? '\n' : mark)),
  );
}
