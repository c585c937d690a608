/** Every bound of what the Ask panel holds, with its reason. */
export const limits = {
  /** A question is one or two paragraphs; more would push out the blocks that answer it. */
  questionChars: 4_000,
  /** Files that can be named with `@` in one question. */
  files: 20,
  /** Paths that a scope names at most, such as those of the open editors. */
  scopePaths: 200,
  /** Threads that a workspace keeps; the ones unused for longest go first. */
  threads: 50,
  /** Questions of one thread; older ones go first. */
  turns: 40,
  /** What a workspace's threads take when they are stored: the editor warns about larger states. */
  storedChars: 900_000,
  titleChars: 60,
  /** Longest answer that is kept and drawn; the server stops long before. */
  answerChars: 60_000,
  sentences: 500,
  citations: 100,
  /** A sentence cites three blocks at most. */
  strengths: 1_500,
  /** Longest quotation; a block is some 60 tokens, but its line may be longer. */
  citationChars: 6_000,
  /** The server cuts longer lines of a file, so a citation's line may be the head of one. */
  lineChars: 2_000,
  hits: 100,
  /** Places to look at that are named where there is no answer; the server names as many. */
  nearest: 5,
  notes: 10,
  noteChars: 1_000,
  /** Earlier turns that are sent along with a question. */
  threadTurns: 8,
  /** Files that `@` completion offers. */
  completions: 20,
  /** Questions that the up arrow goes back through. */
  history: 100,
} as const;
