import type { ErrorCode } from '../protocol/errors';

/** A failure whose message says what to do; it is printed as it stands and the exit code is 1. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    /** Which expected failure of the server it was, where it was one. */
    readonly code?: ErrorCode,
  ) {
    super(message);
    this.name = 'CommandFailure';
  }
}

/** The user, or the reader of a pipe, asked the command to stop. */
export class Interrupted extends Error {
  constructor() {
    super('Cancelled.');
    this.name = 'Interrupted';
  }
}

/** What the command line itself can find wrong, each with what to do. */
export const failure = {
  serverDied: (how: string, lastLines: readonly string[]) =>
    new CommandFailure(
      `The language server stopped unexpectedly (${how}).${quoteLastLines(lastLines)}\n` +
        'Run the command again; what was already stored is kept.',
    ),
  serverBroken: (message: string, lastLines: readonly string[]) =>
    new CommandFailure(
      `The language server failed: ${message}${quoteLastLines(lastLines)}\n` +
        'This is a mistake in the program, not in what you typed.',
    ),
  refused: (message: string) => new CommandFailure(`The language server refused the request. ${message}`),
  teamBucketMissing: () =>
    new CommandFailure(
      'The team store has an endpoint and no bucket. Name it with --team-bucket or LANDMARK_TEAM_STORE_BUCKET.',
    ),
  questionMissing: (command: string) =>
    new CommandFailure(
      `There is no question. Type it after the options: landmark ${command} "Where is the cache cleared?"`,
    ),
  oneSourceOfQuestions: () =>
    new CommandFailure('Give either a question or --questions FILE, not both and not neither.'),
  questionsUnreadable: (file: string, detail: string) =>
    new CommandFailure(`The questions file ${file} cannot be read: ${detail}`),
  questionsEmpty: (file: string) =>
    new CommandFailure(
      `The questions file ${file} holds no questions. Write one {"id": …, "question": …} a line.`,
    ),
  questionsLine: (file: string, line: number, detail: string) =>
    new CommandFailure(
      `${file}:${line}: ${detail} Each line must be a JSON object with "id" and "question", for example ` +
        '{"id": "q1", "question": "Where is the cache cleared?"}.',
    ),
  location: (given: string) =>
    new CommandFailure(
      `"${given}" does not name a place in a file. Write FILE:LINE or FILE:LINE:COLUMN, counted from 1, ` +
        'for example src/main.ts:12:5.',
    ),
  verifyFailed: (name: string) =>
    new CommandFailure(
      `The weights of ${name} are damaged. Run \`landmark model add\` to fetch and convert them again.`,
    ),
};

function quoteLastLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : ` Its last lines:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
