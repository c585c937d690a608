import type { IndexReport } from '../../../protocol/messages';

/** Of a folder of one file whose window was stored already. */
export const storedReport: IndexReport = {
  files: 1,
  windows: 1,
  blocks: 2,
  tokens: 90,
  encodedWindows: 0,
  encodedTokens: 0,
  bytesOnDisk: 5_000,
  tokensPerSecond: 0,
  elapsedMs: 12,
  skipped: {},
  skippedFiles: [],
  linesCut: 0,
};
