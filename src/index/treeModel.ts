/** The rows of the view "Index". Pure. */

import type { SkipReason, StatusResult } from '../../protocol/messages';
import { commands } from '../ids';
import { byteSize, duration, percent, wholeNumber } from '../view/format';
import type { Translate } from '../view/translate';
import { teamRow } from './teamRow';
import type { TreeRow } from './treeRow';
import type { WorkspaceFacts } from './workspaceFacts';

export type { TreeRow } from './treeRow';

/** Skipped files that are listed for each reason; the rest is counted. */
const namesMax = 200;

/** @param roots the open folders, by name and absolute path */
export function indexRows(
  facts: WorkspaceFacts,
  roots: readonly { name: string; root: string }[],
  t: Translate,
  language: string,
): TreeRow[] {
  const { workspace, isTrusted, index, status } = facts;
  // These have a welcome text of their own in place of rows.
  if (workspace !== 'local' || !isTrusted || index.phase === 'notAgreed') return [];
  const isMissing = ['missing', 'getting', 'paused', 'failed'].includes(facts.model) && !status?.workspace;
  if (isMissing) return [];
  return [
    stateRow(facts, t, language),
    ...roots.map(({ name, root }) => ({
      id: `root:${root}`,
      label: name,
      description: root,
      tooltip: root,
      icon: 'root-folder',
      context: 'landmark.root',
    })),
    ...(status?.workspace ? fileRows(status.workspace, t, language) : []),
    ...cutRows(index.report?.linesCut ?? 0, t, language),
    ...(status?.workspace ? [diskRow(status.workspace, t, language)] : []),
    ...(status ? modelRows(facts, status, t) : []),
    ...(status?.teamStore ? [teamRow(status.teamStore, t, language)] : []),
  ];
}

function stateRow({ index, status, model }: WorkspaceFacts, t: Translate, language: string): TreeRow {
  const row = { id: 'state' };
  const waiting = {
    ...row,
    label: t('Waiting for the model'),
    description: t('searching by words works'),
    icon: 'cloud-download',
    command: commands.getModel,
  };
  switch (index.phase) {
    case 'building': {
      const isIndexing = index.step === 'index' && index.total > 0;
      const share = isIndexing ? percent(index.done, index.total, language) : t('looking through the files');
      const counts = isIndexing
        ? t('{0} of {1} windows', wholeNumber(index.done, language), wholeNumber(index.total, language))
        : undefined;
      return {
        ...row,
        label: t('Building'),
        description: [share, waitText(index, t, language)].filter((part) => part !== '').join(' · '),
        icon: index.waitsFor === null ? 'sync~spin' : 'sync',
        ...(counts !== undefined && { tooltip: counts }),
      };
    }
    case 'paused':
      return {
        ...row,
        label: t('Paused'),
        icon: 'debug-pause',
        command: commands.resumeIndex,
        tooltip: t('Resume'),
      };
    case 'due':
      return { ...row, label: t('Waiting'), description: t('begins in a moment'), icon: 'clock' };
    case 'blocked':
      return waiting;
    case 'failed':
      return {
        ...row,
        label: t('Failed'),
        description: index.problem,
        tooltip: index.problem,
        icon: 'error',
        color: 'errorForeground',
        command: commands.showLog,
      };
    case 'ready':
    case 'notAgreed': {
      // What was built before is there, but no question can be put to it.
      if (model !== 'ready' && model !== 'unknown') return waiting;
      const speed = index.tokensPerSecond;
      const tokens = speed === null ? undefined : t('{0} tokens/s', wholeNumber(speed, language));
      const blocks =
        status?.workspace && t('{0} blocks', wholeNumber(status.workspace.landmarkBlocks, language));
      return {
        ...row,
        label: t('Up to date'),
        description: [blocks, tokens].filter((part) => part !== undefined).join(' · '),
        icon: 'check',
        color: 'testing.iconPassed',
      };
    }
  }
}

/** What a build waits for, or how long it will take; empty where neither can be told. */
function waitText(
  { waitsFor, remainingSeconds }: WorkspaceFacts['index'],
  t: Translate,
  language: string,
): string {
  switch (waitsFor) {
    case 'battery':
      return t('on battery');
    case 'typing':
      return t('waits while you type');
    case 'question':
      return t('waits for a question');
    case null:
      return remainingSeconds === null ? '' : t('about {0} left', duration(remainingSeconds, language));
  }
}

type Workspace = NonNullable<StatusResult['workspace']>;

function fileRows(workspace: Workspace, t: Translate, language: string): TreeRow[] {
  const count = (n: number): string => wholeNumber(n, language);
  const waiting = workspace.files - workspace.filesSearchable;
  const reasons = Object.entries(workspace.skipped) as [SkipReason, number][];
  const skipped = reasons.reduce((sum, [, n]) => sum + n, 0);
  const rows: TreeRow[] = [
    {
      id: 'done',
      label: t('Done'),
      description: filesText(workspace.filesSearchable, t, language),
      tooltip: t(
        '{0} of {1} blocks have a landmark',
        count(workspace.landmarkBlocks),
        count(workspace.blocks),
      ),
      icon: 'pass',
    },
    {
      id: 'waiting',
      label: t('Waiting'),
      description: filesText(waiting, t, language),
      tooltip: t('Found by words until their landmarks are made'),
      icon: 'clock',
    },
  ];
  if (skipped > 0) {
    rows.push({
      id: 'skipped',
      label: t('Skipped'),
      description: filesText(skipped, t, language),
      icon: 'circle-slash',
      children: reasons
        .filter(([, n]) => n > 0)
        .sort(([, a], [, b]) => b - a)
        .map(([reason, n]) => reasonRow(reason, n, workspace, t, language)),
    });
  }
  return rows;
}

function cutRows(linesCut: number, t: Translate, language: string): TreeRow[] {
  if (linesCut === 0) return [];
  const description = linesCut === 1 ? t('1 line') : t('{0} lines', wholeNumber(linesCut, language));
  const tooltip = t('Lines that are too long are read up to a limit');
  return [{ id: 'cut', label: t('Cut short'), description, tooltip, icon: 'fold' }];
}

function reasonRow(
  reason: SkipReason,
  n: number,
  workspace: Workspace,
  t: Translate,
  language: string,
): TreeRow {
  const named = workspace.skippedFiles.filter((file) => file.reason === reason).slice(0, namesMax);
  const rest = n - named.length;
  return {
    id: `skipped:${reason}`,
    label: reasonText(reason, t),
    description: wholeNumber(n, language),
    icon: 'circle-slash',
    children: [
      ...named.map(({ path }) => ({ id: `skipped:${reason}:${path}`, label: path, icon: 'file', path })),
      ...(rest > 0
        ? [
            {
              id: `skipped:${reason}:`,
              label: t('and {0} more', wholeNumber(rest, language)),
              icon: 'ellipsis',
            },
          ]
        : []),
    ],
  };
}

export function reasonText(reason: SkipReason, t: Translate): string {
  switch (reason) {
    case 'ignored':
      return t('Left out by an ignore rule');
    case 'binary':
      return t('Not text');
    case 'notUtf8':
      return t('Not UTF-8');
    case 'tooLarge':
      return t('Too large');
    case 'unreadable':
      return t('Cannot be read');
    case 'symlink':
      return t('Symbolic link');
    case 'empty':
      return t('Empty');
    case 'overFileLimit':
      return t('Beyond the largest number of files');
    case 'generated':
      return t('Written by a program');
    case 'openedTwice':
      return t('Belongs to another open folder');
  }
}

function diskRow(workspace: Workspace, t: Translate, language: string): TreeRow {
  const used = byteSize(workspace.bytesOnDisk, language);
  const quota = byteSize(workspace.kvQuotaBytes, language);
  return {
    id: 'disk',
    label: t('On disk'),
    description: t('{0}, quota {1}', used, quota),
    tooltip: t('{0} windows are stored as they were read', wholeNumber(workspace.warmWindows, language)),
    icon: 'database',
    context: 'landmark.disk',
  };
}

function modelRows({ model }: WorkspaceFacts, status: StatusResult, t: Translate): TreeRow[] {
  const { name, reader, provider, providerNote, problem } = status.model;
  const isUsable = model === 'ready' || model === 'unknown';
  const state = isUsable ? undefined : modelText(model, t);
  const note = problem ?? providerNote;
  return [
    {
      id: 'model',
      label: t('Model'),
      description: state === undefined ? name : `${name}: ${state}`,
      icon: isUsable ? 'chip' : 'warning',
      context: model === 'missing' || model === 'paused' ? 'landmark.model.missing' : 'landmark.model',
      ...(note !== undefined && { tooltip: note }),
    },
    ...(reader === undefined
      ? []
      : [
          {
            id: 'reader',
            label: t('Answers'),
            description: reader,
            icon: 'comment-discussion',
            tooltip: t('{0} finds the blocks; {1} reads them and answers.', name, reader),
            context: 'landmark.model',
          },
        ]),
    ...(provider
      ? [
          {
            id: 'provider',
            label: t('Runs on'),
            description: provider.toUpperCase(),
            icon: 'server-process',
            ...(providerNote !== undefined && {
              tooltip: providerNote,
              description: `${provider.toUpperCase()} (!)`,
            }),
          },
        ]
      : []),
  ];
}

function modelText(model: WorkspaceFacts['model'], t: Translate): string {
  switch (model) {
    case 'missing':
      return t('not here yet');
    case 'getting':
      return t('being fetched');
    case 'paused':
      return t('fetch paused');
    default:
      return t('cannot be used');
  }
}

function filesText(n: number, t: Translate, language: string): string {
  return n === 1 ? t('1 file') : t('{0} files', wholeNumber(n, language));
}
