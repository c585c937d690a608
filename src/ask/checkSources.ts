import * as vscode from 'vscode';
import { method } from '../../protocol/messages';
import type { ReadPlace, VerifyParams, VerifyResult } from '../../protocol/verify';
import type { Connection } from '../connection';
import { failureMessage } from '../failures';
import { rootedParams } from '../roots';
import type { AskController } from './controller';
import { findTurn, workingTurn, type SourceCheck, type Thread, type ThreadTurn } from './model/state';
import { earlierTurns } from './model/threads';
import type { HostStrings } from './strings';

/**
 * Has an answer read again without each of its sources; how it went is part of the turn. One check at a time: it ends where
 * another one or a question begins, or where the user stops.
 */
export async function checkSources(
  turnId: string,
  controller: AskController,
  connection: Connection,
  strings: HostStrings,
): Promise<void> {
  const found = findTurn(controller.state, turnId);
  const rooted = rootedParams();
  if (!found || !rooted || !hasSources(found.turn) || workingTurn(controller.state)) {
    void vscode.window.showInformationMessage(strings.noSources);
    return;
  }
  const tell = (check: SourceCheck | null): void => {
    controller.act({ type: 'sourcesChecked', turnId, check });
  };
  const cancellation = controller.beginCheck();
  tell({ state: 'running' });
  const params: VerifyParams = { ...rooted, ...answerOf(found) };
  const { token } = cancellation;
  try {
    const { strengths } = await connection.request<VerifyResult>(method.verify, params, { token });
    tell({ state: 'done', strengths });
  } catch (error) {
    const isStopped = error instanceof vscode.CancellationError;
    tell(isStopped ? null : { state: 'failed', message: failureMessage(error).message });
  } finally {
    controller.endCheck(cancellation);
  }
}

function hasSources({ status, citations }: ThreadTurn): boolean {
  return status === 'answered' && citations.length > 0;
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
    read: turn.read.map(placeOf),
  };
}

function placeOf({ path, startLine, endLine, piece }: ReadPlace): ReadPlace {
  return { path, startLine, endLine, ...(piece !== undefined && { piece }) };
}
