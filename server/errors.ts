import { errorCode, type ErrorCode } from '../protocol/errors';

/**
 * A failure a user can do something about. Anything else that is thrown is a broken invariant and is
 * reported as such.
 */
export class ExpectedError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'ExpectedError';
  }
}

/** The request was cancelled: neither a result nor a failure. */
export class CancelledError extends Error {
  constructor() {
    super('The request was cancelled.');
    this.name = 'CancelledError';
  }
}

/** Rechecked after every await, per decoded token and per prefill chunk. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CancelledError();
}

/** Fails loudly where the program's own reasoning is wrong; never for input. */
export function assertInvariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${what}`);
}

const addModel = 'Run `landmark model add` to fetch and convert it again.';

/** Every message a user can meet, each with what to do. */
export const failure = {
  rootMissing: (root: string) =>
    new ExpectedError(
      errorCode.rootMissing,
      `The folder ${root} does not exist. Name an existing one with --root.`,
    ),
  rootNotFolder: (root: string) =>
    new ExpectedError(
      errorCode.rootNotFolder,
      `${root} is not a folder. Name the folder that holds it with --root.`,
    ),
  nothingToIndex: (root: string, detail: string) =>
    new ExpectedError(
      errorCode.nothingToIndex,
      `There is no text to read in ${root}${detail}. Check --root, .gitignore and .landmarkignore.`,
    ),
  questionEmpty: () =>
    new ExpectedError(errorCode.questionEmpty, 'The question is empty. Type what you want to know.'),
  fileOutsideRoot: (path: string) =>
    new ExpectedError(
      errorCode.fileOutsideRoot,
      `${path} lies outside the workspace folder. Name a file inside it.`,
    ),
  fileNotIndexed: (path: string, reason: string) =>
    new ExpectedError(errorCode.fileNotIndexed, `${path} is not part of the workspace (${reason}).`),
  fileChanged: (path: string) =>
    new ExpectedError(errorCode.fileChanged, `${path} was changed while it was about to be read. Ask again.`),
  readChanged: (path: string) =>
    new ExpectedError(
      errorCode.fileChanged,
      `${path} was changed since it was read for this answer. Ask the question again, and check that answer.`,
    ),
  lineOutOfRange: (path: string, line: number, lineCount: number) =>
    new ExpectedError(errorCode.lineOutOfRange, `${path} has ${lineCount} lines; there is no line ${line}.`),
  linesReversed: (startLine: number, endLine: number) =>
    new ExpectedError(
      errorCode.lineOutOfRange,
      `A selection from line ${startLine} to line ${endLine} ends before it begins. Name the lower line first.`,
    ),
  scopeUnknown: (path: string, reason: string) =>
    new ExpectedError(
      errorCode.scopeUnknown,
      `The scope names ${path}, which holds no text of the workspace (${reason}). ` +
        'Name files, or folders that end on a slash, relative to the workspace folder.',
    ),
  scopeIsFolder: (path: string) =>
    new ExpectedError(errorCode.scopeUnknown, `The scope names ${path}, which is a folder. Write ${path}/.`),
  nothingToSummarize: (what: string, hint: string) =>
    new ExpectedError(errorCode.nothingToSummarize, `There is nothing to summarize in ${what}. ${hint}`),
  modelMissing: (name: string) =>
    new ExpectedError(
      errorCode.modelMissing,
      `The weights of ${name} are not on this machine. Run \`landmark model add\` to fetch and convert them once.`,
    ),
  modelUnknown: (name: string, known: readonly string[]) =>
    new ExpectedError(
      errorCode.modelUnknown,
      `There is no model package "${name}". Known: ${known.join(', ')}; or give the absolute path of a package folder.`,
    ),
  modelOnlyReads: (name: string) =>
    new ExpectedError(
      errorCode.modelUnknown,
      `${name} has no landmarks: it can read what another package has routed to. Name it with --reader, or in the setting landmark.model.reader.`,
    ),
  readerUnfit: (name: string, why: string) =>
    new ExpectedError(
      errorCode.modelUnknown,
      `${name} cannot be the reader: ${why}. \`landmark model list\` names the readers there are.`,
    ),
  modelCorrupt: (file: string, detail: string) =>
    new ExpectedError(errorCode.modelCorrupt, `The model file ${file} is damaged: ${detail}. ${addModel}`),
  modelTooNew: (file: string, found: number, known: number) =>
    new ExpectedError(
      errorCode.modelTooNew,
      `${file} has format ${found}; this version reads up to ${known}. Update the extension.`,
    ),
  modelFetchFailed: (tries: readonly string[]) =>
    new ExpectedError(
      errorCode.modelFetchFailed,
      `The base model could not be fetched:\n${tries.map((line) => `  - ${line}`).join('\n')}\n` +
        'Download the GGUF file elsewhere and run `landmark model add --file PATH`.',
    ),
  providerFailed: (detail: string) =>
    new ExpectedError(errorCode.providerFailed, `The model could not be started on any device: ${detail}`),
  modelCrashed: (detail: string) =>
    new ExpectedError(
      errorCode.modelStopped,
      `The thread that runs the model ended unexpectedly (${detail}). Try again: it is started anew.`,
    ),
  modelCrashesOften: (count: number) =>
    new ExpectedError(
      errorCode.modelStopped,
      `The thread that runs the model ended ${count} times in a few minutes and is not started again for now. ` +
        'Run `landmark model verify`, and close programs that need much memory.',
    ),
  modelUnloaded: () =>
    new ExpectedError(
      errorCode.modelStopped,
      'The model was taken out of memory while it was in use. Try again.',
    ),
  storeTooNew: (file: string, found: number, known: number) =>
    new ExpectedError(
      errorCode.storeTooNew,
      `The store ${file} has format ${found}; this version reads up to ${known}. Update the extension, or delete that folder.`,
    ),
  diskFull: (folder: string) =>
    new ExpectedError(
      errorCode.diskFull,
      `The disk that holds ${folder} is full. Free space and ask again; what was already stored is kept.`,
    ),
  teamStoreFailed: (detail: string) =>
    new ExpectedError(
      errorCode.teamStoreFailed,
      `The index is made, and was not shared. ${detail} See docs/team-store.md.`,
    ),
} as const;
