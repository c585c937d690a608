import { method } from '../../protocol/messages';
import type { VerifyParams, VerifyResult } from '../../protocol/verify';
import type { Connection } from '../connection';
import { failureMessage } from '../failures';
import { rootedParams } from '../roots';
import type { AskController } from './controller';
import { findTurn, type SourceCheck, type Thread, type ThreadTurn } from './model/state';
import { earlierTurns } from './model/threads';

/** Has an answer read again without each of its sources; how it went is part of the turn. */
export async function checkSources(
  turnId: string,
  controller: AskController,
  connection: Connection,
): Promise<void> {
  const found = findTurn(controller.state, turnId);
  const rooted = rootedParams();
  if (!found || !rooted || !canCheck(found.turn)) return;
  const tell = (check: SourceCheck): void => {
    controller.act({ type: 'sourcesChecked', turnId, check });
  };
  tell({ state: 'running' });
  const params = { ...rooted, ...answerOf(found) };
  try {
    const { strengths } = await connection.request<VerifyResult>(method.verify, params);
    tell({ state: 'done', strengths });
  } catch (error) {
    tell({ state: 'failed', message: failureMessage(error).message });
  }
}

/** There are sources, and nobody is checking them. */
export function canCheck({ status, citations, check }: ThreadTurn): boolean {
  return status === 'answered' && citations.length > 0 && check?.state !== 'running';
}

function answerOf({ thread, turn }: { thread: Thread; turn: ThreadTurn }): Omit<VerifyParams, 'root'> {
  const earlier = earlierTurns(thread, turn.id);
  return {
    question: turn.question,
    ...(earlier.length > 0 && { thread: earlier }),
    answer: turn.text,
    sentences: turn.sentences,
    citations: turn.citations.map(({ n, path, startLine, endLine, sha256 }) => ({
      n,
      path,
      startLine,
      endLine,
      sha256,
    })),
    read: turn.read.map(({ path, startLine, endLine }) => ({ path, startLine, endLine })),
  };
}
