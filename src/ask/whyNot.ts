import { method, type WhyNotParams, type WhyNotResult } from '../../protocol/messages';
import type { Connection } from '../connection';
import { rootedParams } from '../roots';
import type { AskController } from './controller';
import { findPaths } from './findFiles';
import { findTurn } from './model/state';
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
  const turn = findTurn(controller.state, turnId)?.turn;
  const rooted = rootedParams();
  if (!turn || !rooted) return;
  const { openEditors } = controller.state.environment;
  const path = await pickPath({
    title: strings.chooseFile,
    placeholder: strings.chooseFilePlaceholder,
    find: (query, token) => findPaths(query, offeredMax, openEditors, token),
  });
  if (path === undefined) return;
  const params: WhyNotParams = {
    ...rooted,
    question: turn.question,
    path,
    ...(turn.scope.paths && { scope: { paths: turn.scope.paths } }),
  };
  const result = await connection.request<WhyNotResult>(method.whyNot, params);
  controller.act({ type: 'whyNotAnswered', turnId, answer: { path, result } });
}
