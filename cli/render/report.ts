import type { IndexEstimate, IndexReport, SkipReason, StatusResult } from '../../protocol/messages';
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
      ? `Everything was stored already (${duration(report.elapsedMs)}).`
      : `Encoded ${count(encodedWindows, 'window')} of ${count(encodedTokens, 'token')} in ` +
        `${duration(report.elapsedMs)}, ${number(report.tokensPerSecond)} tokens/s.`,
    `${bytes(report.bytesOnDisk)} on disk.`,
    ...leftOut(skipped),
    ...(linesCut === 0 ? [] : [`${count(linesCut, 'line')} cut at the line limit.`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
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
export function statusReport({ serverVersion, model, workspace }: StatusResult): string {
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
  return lines.map((line) => `${line}\n`).join('');
}
