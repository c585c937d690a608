import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

/** Unpacks a repository; the archive's only folder, or the folder it was unpacked to. */
export function unpack(archive: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'landmark-bench-'));
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  const [first, ...others] = readdirSync(folder);
  return first !== undefined && others.length === 0 ? join(folder, first) : folder;
}

export function machine(): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, node ${process.version}`;
}

/** Prints a result and keeps it under bench/results. */
export function publish(name: string, title: string, lines: readonly string[]): void {
  const text = lines.join('\n').trimEnd();
  console.log(text);
  keep(`${name}.md`, `# ${title}\n\n${machine()}\n\n${text}\n`);
}

/** Keeps a file under bench/results. */
export function keep(name: string, content: string): void {
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(join('bench/results', name), content);
}

/** Keeps what was measured under a name: figures as JSON, and a page, which is printed too. */
export function keepMeasured(
  folder: string,
  name: string,
  { result, lines }: { result: unknown; lines: readonly string[] },
): void {
  const text = lines.join('\n').trimEnd();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(join(folder, `${name}.md`), `${text}\n`);
  console.log(text);
}

/** A page of `docs`, as a link from a folder. */
export function linkToDocs(folder: string, page: string): string {
  return relative(folder, join('docs', page)).split(sep).join('/');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
