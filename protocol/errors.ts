/** Codes of the failures a client can expect; the message beside a code says what to do. */
export const errorCode = {
  rootMissing: 'rootMissing',
  rootNotFolder: 'rootNotFolder',
  nothingToIndex: 'nothingToIndex',
  questionEmpty: 'questionEmpty',
  fileOutsideRoot: 'fileOutsideRoot',
  fileNotIndexed: 'fileNotIndexed',
  fileChanged: 'fileChanged',
  lineOutOfRange: 'lineOutOfRange',
  scopeUnknown: 'scopeUnknown',
  nothingToSummarize: 'nothingToSummarize',
  modelUnknown: 'modelUnknown',
  modelMissing: 'modelMissing',
  modelCorrupt: 'modelCorrupt',
  modelTooNew: 'modelTooNew',
  modelFetchFailed: 'modelFetchFailed',
  providerFailed: 'providerFailed',
  modelStopped: 'modelStopped',
  storeTooNew: 'storeTooNew',
  diskFull: 'diskFull',
  teamStoreFailed: 'teamStoreFailed',
} as const;

export type ErrorCode = (typeof errorCode)[keyof typeof errorCode];

/** What travels in `ResponseError.data` of an expected failure. */
export interface ErrorData {
  code: ErrorCode;
}

/** JSON-RPC error number of every expected failure (server-defined range of JSON-RPC 2.0, section 5.1). */
export const expectedFailure = -32_001;
