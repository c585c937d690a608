/** What the suites and the driver inside the extension host say to each other: one JSON text per line. */

/** The driver connects to this socket or pipe; without it, it does nothing. */
export const socketVariable = 'LANDMARK_TEST_SOCKET';

export type Request =
  /** Calls the function of this source with the vscode API and the argument. */
  | { id: number; kind: 'evaluate'; source: string; argument: unknown }
  /** Runs every test of a bundled module, named by its path. */
  | { id: number; kind: 'run'; module: string };

export type Reply = { id: number; value: unknown } | { id: number; error: string };

export interface InHostResult {
  name: string;
  elapsedMs: number;
  /** Message and stack; absent where the test passed. */
  error?: string;
}

/** What a module under inhost/ exports as `tests`: each is run in order, on one extension host. */
export type InHostTests = Record<string, () => void | Promise<void>>;
