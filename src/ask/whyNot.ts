import { method, type WhyNotParams, type WhyNotResult } from '../../protocol/messages';
import type { Connection } from '../connection';
import { rootedParams } from '../roots';
import type { AskController } from './controller';
import { findPaths } from './findFiles';
import { scopeParams } from './model/scope';
import { findTurn } from './model/state';
import { earlierTurns } from './model/threads';
import { pickPath } from './pickPath';
import type { HostStrings } from './strings';

const offeredMax = 50;

/** Lets a file be chosen, and tells below the answer how near it came to being read. */
export async function whyNot(
  turnId: string,
  controller: AskController,
  connection: Connection,
  strings: HostStrings,
): Promise<void> {
  const found = findTurn(controller.state, turnId);
  const rooted = rootedParams();
  if (!found || !rooted) return;
  const { thread, turn } = found;
  const { openEditors } = controller.state.environment;
  const path = await pickPath({
    title: strings.chooseFile,
    placeholder: strings.chooseFilePlaceholder,
    find: (query, token) => findPaths(query, offeredMax, openEditors, token),
  });
  if (path === undefined) return;
  const earlier = earlierTurns(thread, turnId);
  const params: WhyNotParams = {
    ...rooted,
    question: turn.question,
    path,
    ...(earlier.length > 0 && { thread: earlier }),
    ...scopeParams(turn.scope),
  };
  const result = await connection.request<WhyNotResult>(method.whyNot, params);
  controller.act({ type: 'whyNotAnswered', turnId, answer: { path, result } });
}
