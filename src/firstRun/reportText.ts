import type { WorkspaceFacts } from '../index/workspaceFacts';
import type { Translate } from '../view/translate';

export interface Versions {
  extensionVersion: string;
  editor: string;
  host: string;
  system: string;
}

/** Versions, states and counts: no path, no name of a file, no question and no text of the workspace. Pure. */
export function reportText(versions: Versions, facts: WorkspaceFacts, t: Translate): string {
  const { status, index, connection, model, workspace } = facts;
  const rows: [string, string | number][] = [
    ['Landmark', versions.extensionVersion],
    ['Editor', `${versions.editor} (${versions.host})`],
    ['System', versions.system],
    ['Server', `${status?.serverVersion ?? '-'} (${connection})`],
    ['Model', `${nameOf(status?.model.name)} (${model})`],
    ['Provider', status?.model.provider ?? '-'],
    ['Workspace', workspace],
    ['Index', index.phase],
  ];
  if (status?.workspace) {
    const { files, windows, blocks, landmarkBlocks, bytesOnDisk } = status.workspace;
    rows.push([
      'Counts',
      `${files} files, ${windows} windows, ${blocks} blocks, ${landmarkBlocks} landmarks`,
    ]);
    rows.push(['On disk', `${bytesOnDisk} bytes`]);
    const skipped = Object.entries(status.workspace.skipped).map(([reason, n]) => `${n} ${reason}`);
    if (skipped.length > 0) rows.push(['Skipped', skipped.join(', ')]);
  }
  return [
    `# ${t('Report an issue of Landmark')}`,
    '',
    t(
      'Nothing of your files, questions or paths is in this text. Say below what you did and what you expected, then copy all of it to whoever you have Landmark from; it is sent nowhere on its own.',
    ),
    '',
    `## ${t('What happened')}`,
    '',
    '',
    `## ${t('Versions')}`,
    '',
    '| | |',
    '|:--|:--|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
  ].join('\n');
}

/** A package of the user's own may be named by its path. */
function nameOf(name: string | undefined): string {
  if (name === undefined) return '-';
  return /[\\/]/.test(name) ? 'own package' : name;
}
