/** The status bar item: what it shows, and the table that explains it. Pure. */

import { commands } from '../ids';
import { escapeMarkdownLine, withoutIcons } from '../markdown';
import { byteSize, duration, percent, wholeNumber } from '../view/format';
import type { Translate } from '../view/translate';
import type { WorkspaceFacts } from './workspaceFacts';

export interface StatusText {
  text: string;
  /** What a screen reader says. */
  label: string;
  tooltip: string;
  severity: 'none' | 'warning' | 'error';
}

/** The only commands that the tooltip's links can run. */
export const tooltipCommands: readonly string[] = [
  commands.ask,
  commands.buildIndex,
  commands.pauseIndex,
  commands.resumeIndex,
  commands.showIndex,
  commands.getModel,
  commands.changeModel,
  commands.restart,
  commands.showLog,
];

export function statusText(facts: WorkspaceFacts, t: Translate, language: string): StatusText {
  const { icon, short, long, severity } = headline(facts, t, language);
  return {
    text: short === '' ? `${icon} Landmark` : `${icon} Landmark: ${short}`,
    label: `Landmark: ${long}`,
    tooltip: tooltip(facts, long, t, language),
    severity,
  };
}

interface Headline {
  icon: string;
  short: string;
  long: string;
  severity: StatusText['severity'];
}

function headline(facts: WorkspaceFacts, t: Translate, language: string): Headline {
  const say = (icon: string, short: string, long: string, severity: StatusText['severity'] = 'none') => ({
    icon,
    short,
    long,
    severity,
  });
  const { index, connection, model, workspace } = facts;
  if (workspace === 'none') return say('$(book)', '', t('No folder is open'));
  if (workspace === 'virtual') return say('$(book)', '', t('This workspace is not on a disk'));
  if (connection === 'failed')
    return say('$(error)', t('server stopped'), t('The language server has stopped'), 'error');
  if (model === 'getting')
    return say('$(cloud-download)', t('getting the model'), t('The model is being fetched'));
  if (model === 'paused')
    return say('$(debug-pause)', t('model paused'), t('Fetching the model is paused'), 'warning');
  if (model === 'missing' && index.phase !== 'notAgreed') {
    return say(
      '$(cloud-download)',
      t('no model'),
      t('The model is not here yet; searching by words works'),
      'warning',
    );
  }
  switch (index.phase) {
    case 'notAgreed':
      return say('$(book)', '', t('Not indexed; questions are answered from words alone'));
    case 'due':
      return say('$(clock)', t('waiting'), t('The index is brought up to date in a moment'));
    case 'building': {
      const share =
        index.total > 0 && index.step === 'index' ? percent(index.done, index.total, language) : '…';
      const { waitsFor, remainingSeconds } = index;
      switch (waitsFor) {
        case 'battery':
          return say(
            '$(plug)',
            t('on battery'),
            t('On battery the index waits, or is built slowly: {0}', share),
          );
        case 'typing':
          return say('$(sync)', share, t('The index waits while you type: {0}', share));
        case 'question':
          return say('$(sync)', share, t('The index waits until your question is answered: {0}', share));
        case null:
          break;
      }
      if (remainingSeconds === null) {
        return say('$(sync~spin)', share, t('The index is being built: {0}', share));
      }
      const left = duration(remainingSeconds, language);
      return say('$(sync~spin)', share, t('The index is being built: {0}, about {1} left', share, left));
    }
    case 'paused':
      return say('$(debug-pause)', t('paused'), t('Building the index is paused'));
    case 'ready':
      return say('$(book)', '', t('The index is up to date'));
    case 'blocked':
      return say(
        '$(cloud-download)',
        t('no model'),
        t('The model is not here yet; searching by words works'),
        'warning',
      );
    case 'failed':
      return say('$(error)', t('index failed'), t('Building the index failed: {0}', index.problem), 'error');
  }
}

function tooltip(facts: WorkspaceFacts, long: string, t: Translate, language: string): string {
  const rows = tooltipRows(facts, t, language).map(
    ([name, value]) => `| ${name} &nbsp;&nbsp; | ${shown(value).replaceAll('|', '\\|')} |`,
  );
  const table = rows.length > 0 ? ['', '| | |', '|:--|:--|', ...rows] : [];
  return [`**Landmark** — ${shown(long)}`, ...table, '', links(facts, t).join(' &nbsp;·&nbsp; ')].join('\n');
}

/** The tooltip shows theme icons, but none that a text names. */
function shown(text: string): string {
  return withoutIcons(escapeMarkdownLine(text));
}

function tooltipRows(
  { status, index, isTrusted }: WorkspaceFacts,
  t: Translate,
  language: string,
): [string, string][] {
  const rows: [string, string][] = [];
  const count = (n: number): string => wholeNumber(n, language);
  const workspace = status?.workspace;
  if (workspace) {
    rows.push(
      [
        t('Files'),
        t('{0} of {1} searchable by landmarks', count(workspace.filesSearchable), count(workspace.files)),
      ],
      [
        t('Blocks'),
        t('{0} of {1} with a landmark', count(workspace.landmarkBlocks), count(workspace.blocks)),
      ],
    );
  }
  if (index.tokensPerSecond !== null)
    rows.push([t('Speed'), t('{0} tokens/s', count(index.tokensPerSecond))]);
  if (workspace) {
    const size = byteSize(workspace.bytesOnDisk, language);
    const quota = byteSize(workspace.kvQuotaBytes, language);
    rows.push([t('On disk'), t('{0}, quota {1}', size, quota)]);
  }
  if (status) {
    const { name, reader, provider, providerNote } = status.model;
    rows.push([t('Model'), name]);
    if (reader !== undefined) rows.push([t('Answers'), reader]);
    if (provider)
      rows.push([
        t('Runs on'),
        providerNote === undefined ? provider.toUpperCase() : `${provider.toUpperCase()} (${providerNote})`,
      ]);
  }
  if (!isTrusted) rows.push([t('Trust'), t('Restricted mode: nothing is indexed on its own')]);
  return rows;
}

function links({ workspace, index, model, connection, isTrusted }: WorkspaceFacts, t: Translate): string[] {
  if (workspace !== 'local') return [link(t('Show log'), commands.showLog)];
  const steps: string[] = [];
  if (connection === 'failed') steps.push(link(t('Restart'), commands.restart));
  if (model === 'missing') steps.push(link(t('Get the model'), commands.getModel));
  if (model === 'paused') steps.push(link(t('Continue'), commands.getModel));
  if (index.phase === 'building' || index.phase === 'due') steps.push(link(t('Pause'), commands.pauseIndex));
  if (index.phase === 'paused') steps.push(link(t('Resume'), commands.resumeIndex));
  if (index.phase === 'notAgreed' && isTrusted) steps.push(link(t('Build the index'), commands.buildIndex));
  if (index.phase === 'failed')
    steps.push(link(t('Try again'), commands.buildIndex), link(t('Show log'), commands.showLog));
  return [...steps, link(t('Ask'), commands.ask), link(t('Details'), commands.showIndex)];
}

function link(title: string, command: string): string {
  return `[${title}](command:${command})`;
}
