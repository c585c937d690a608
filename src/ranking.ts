import type * as vscode from 'vscode';
import { errorCode } from '../protocol/errors';
import { method, type SearchParams, type SearchResult } from '../protocol/messages';
import { ServerError, type Connection } from './connection';

/** Whether all that stopped a request is that the base weights are not here; ranking by words needs none. */
export function isModelMissing(error: unknown): boolean {
  return error instanceof ServerError && error.code === errorCode.modelMissing;
}

/** The blocks that are nearest to a question; by words alone while the base weights are missing. */
export async function searchBlocks(
  connection: Connection,
  params: SearchParams,
  token: vscode.CancellationToken,
): Promise<SearchResult> {
  try {
    return await connection.request<SearchResult>(method.search, params, { token });
  } catch (error) {
    if (!isModelMissing(error)) throw error;
    return connection.request<SearchResult>(method.search, { ...params, arm: 'lexical' }, { token });
  }
}
