import type {
  IndexEstimate,
  IndexReport,
  SkipReason,
  StatusResult,
  TeamStoreStatus,
} from '../../protocol/messages';
import { bytes, count, duration, neutralize, neutralizeLine, number } from './text';

const reasons: Record<SkipReason, string> = {
  ignored: 'ignored',
  binary: 'binary',
  notUtf8: 'not UTF-8',
  tooLarge: 'too large',
  unreadable: 'unreadable',
  symlink: 'symbolic links',
  empty: 'empty',
  overFileLimit: 'over the limit of files',
  generated: 'generated',
  openedTwice: 'of another folder',
};

/** What an index run found and did. */
export function indexReport(report: IndexReport): string {
  const { files, windows, blocks, tokens, encodedWindows, encodedTokens, skipped, linesCut } = report;
  const lines = [
    `${count(files, 'file')}, ${count(windows, 'window')}, ${count(blocks, 'block')}, ${count(tokens, 'token')}.`,
    encodedWindows === 0
      ? `${report.fetchedWindows ? 'Nothing had to be encoded' : 'Everything was stored already'} (${duration(report.elapsedMs)}).`
      : `Encoded ${count(encodedWindows, 'window')} of ${count(encodedTokens, 'token')} in ` +
        `${duration(report.elapsedMs)}, ${number(report.tokensPerSecond)} tokens/s.`,
    ...teamLines(report),
    `${bytes(report.bytesOnDisk)} on disk.`,
    ...leftOut(skipped),
    ...(linesCut === 0 ? [] : [`${count(linesCut, 'line')} cut at the line limit.`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function teamLines({ fetchedWindows, sharedWindows }: IndexReport): string[] {
  return [
    ...(fetchedWindows ? [`Took ${count(fetchedWindows, 'window')} from the team store.`] : []),
    ...(sharedWindows === undefined ? [] : [sharedLine(sharedWindows)]),
  ];
}

/** What was encoded is mostly on its way before the end of the run. */
function sharedLine(windows: number): string {
  return windows === 0
    ? 'The team store has all of it.'
    : `Put ${count(windows, 'window')} more into the team store.`;
}

function leftOut(skipped: IndexReport['skipped']): string[] {
  const parts = Object.entries(skipped).map(
    ([reason, fileCount]) => `${number(fileCount)} ${reasons[reason as SkipReason]}`,
  );
  return parts.length === 0 ? [] : [`Left out: ${parts.join(', ')}.`];
}

/** What a build would cost. */
export function estimateReport(estimate: IndexEstimate): string {
  const { files, blocks, tokens, tokensToEncode, seconds, bytesOnDisk } = estimate;
  const lines = [
    `${count(files, 'file')} of ${bytes(estimate.bytes)}, ${count(blocks, 'block')}, ${count(tokens, 'token')}.`,
    tokensToEncode === 0
      ? 'Everything is stored already.'
      : `${count(tokensToEncode, 'token')} to encode: about ${duration(seconds * 1_000)}.`,
    `At most ${bytes(bytesOnDisk)} on disk, keys and values of what is read included.`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The model's state and, with a root, the workspace's. */
export function statusReport({ serverVersion, model, workspace, teamStore }: StatusResult): string {
  const states: Record<StatusResult['model']['state'], string> = {
    ready: 'ready',
    notLoaded: 'on this machine, not loaded',
    missing: 'not on this machine; run `landmark model add`',
    failed: 'cannot be used',
  };
  const provider =
    model.provider === undefined ? '' : `, runs on ${model.provider === 'cuda' ? 'CUDA' : 'the CPU'}`;
  const lines = [
    `Landmark ${serverVersion}`,
    `Model ${neutralizeLine(model.name)}: ${states[model.state]}${provider}`,
    ...(model.reader === undefined ? [] : [`Answers: ${neutralizeLine(model.reader)}`]),
    ...[model.problem, model.providerNote].flatMap((note) =>
      note === undefined ? [] : [`  ${neutralize(note)}`],
    ),
  ];
  if (workspace) {
    lines.push(
      `Workspace ${neutralizeLine(workspace.root)}: ${count(workspace.files, 'file')}, ` +
        `${count(workspace.windows, 'window')}, ${count(workspace.blocks, 'block')}`,
      `  ${number(workspace.landmarkBlocks)} of ${count(workspace.blocks, 'block')} searchable by landmarks, ` +
        `${number(workspace.warmWindows)} of ${count(workspace.windows, 'window')} warm`,
      `  ${number(workspace.filesSearchable)} of ${count(workspace.files, 'file')} wholly searchable; ` +
        `${bytes(workspace.bytesOnDisk)} on disk, keys and values limited to ${bytes(workspace.kvQuotaBytes)}`,
      ...leftOut(workspace.skipped).map((line) => `  ${line}`),
    );
  }
  if (teamStore) lines.push(...teamStatus(teamStore));
  return lines.map((line) => `${line}\n`).join('');
}

function teamStatus(team: TeamStoreStatus): string[] {
  const states = {
    ready: team.access === 'read' ? 'reads' : 'reads and writes',
    away: 'cannot be reached; it is left alone for a while, and everything works without it',
    refused: 'refuses; everything works without it',
  };
  const counts = [
    `${count(team.fetched, 'record')} taken`,
    ...(team.rejected === 0 ? [] : [`${number(team.rejected)} damaged or not what was asked for`]),
    `${number(team.uploaded)} put, ${number(team.waiting)} waiting, ${number(team.dropped)} given up`,
  ];
  return [
    `Team store ${neutralizeLine(`${team.endpoint}/${team.bucket}`)}: ${states[team.state]}`,
    ...(team.problem === undefined ? [] : [`  ${neutralize(team.problem)}`]),
    `  ${counts.join(', ')}`,
  ];
}
