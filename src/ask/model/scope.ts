import type { Scope } from '../../../protocol/messages';
import { limits } from './limits';
import type { AskedScope, Environment, ScopeChoice } from './state';

/** A choice as it stands now: what the server will search. */
export function askedScope(
  choice: ScopeChoice,
  files: readonly string[],
  environment: Environment,
): AskedScope {
  const named = files.slice(0, limits.files);
  const paths = named.length > 0 ? named : pathsOf(choice, environment);
  return {
    choice,
    files: named,
    paths: paths && paths.length > 0 ? paths.slice(0, limits.scopePaths) : null,
  };
}

function pathsOf(choice: ScopeChoice, { currentFile, openEditors }: Environment): string[] | null {
  switch (choice.kind) {
    case 'workspace':
      return null;
    case 'folder':
      return [choice.path];
    case 'openEditors':
      return openEditors;
    case 'currentFile':
      return currentFile === null ? null : [currentFile];
  }
}

/** What a request says of it. Nobody chose each open editor: one without text is no reason to refuse the others. */
export function scopeParams({ choice, files, paths }: AskedScope): { scope?: Scope } {
  if (!paths) return {};
  const leaveOut = files.length === 0 && choice.kind === 'openEditors';
  return { scope: { paths, ...(leaveOut && { leaveOut }) } };
}

/** The choices that the window offers, and a folder that was chosen among all. */
export function scopeChoices(environment: Environment, chosen?: ScopeChoice): ScopeChoice[] {
  const { folders, openEditors, currentFile } = environment;
  const paths = chosen?.kind === 'folder' ? [...folders, chosen.path] : folders;
  return [
    { kind: 'workspace' },
    ...[...new Set(paths)].map((path): ScopeChoice => ({ kind: 'folder', path })),
    ...(openEditors.length > 0 ? [{ kind: 'openEditors' } as const] : []),
    ...(currentFile === null ? [] : [{ kind: 'currentFile' } as const]),
  ];
}

export function isSameChoice(left: ScopeChoice, right: ScopeChoice): boolean {
  if (left.kind === 'folder') return right.kind === 'folder' && left.path === right.path;
  return left.kind === right.kind;
}
