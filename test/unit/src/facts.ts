import type { StatusResult } from '../../../protocol/messages';
import { initialState } from '../../../src/index/state';
import type { WorkspaceFacts } from '../../../src/index/workspaceFacts';

export const status: StatusResult & { workspace: NonNullable<StatusResult['workspace']> } = {
  serverVersion: '1.0.0',
  model: { state: 'ready', name: 'small-landmark', provider: 'cpu' },
  workspace: {
    root: '/repos/app',
    files: 12,
    windows: 40,
    blocks: 300,
    landmarkBlocks: 150,
    warmWindows: 4,
    bytesOnDisk: 1_500_000,
    filesSearchable: 9,
    kvQuotaBytes: 2_000_000_000,
    skipped: { binary: 2, tooLarge: 3, ignored: 0 },
    skippedFiles: [
      { path: 'logo.png', reason: 'binary' },
      { path: 'font.ttf', reason: 'binary' },
      { path: 'data.json', reason: 'tooLarge' },
    ],
  },
};

export function factsOf(change: Partial<WorkspaceFacts> = {}): WorkspaceFacts {
  return {
    workspace: 'local',
    isTrusted: true,
    connection: 'running',
    index: { ...initialState(true, false), phase: 'ready' },
    status,
    model: 'ready',
    ...change,
  };
}
