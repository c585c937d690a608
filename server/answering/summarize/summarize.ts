import type { SummarizeParams, SummaryResult } from '../../../protocol/messages';
import { requireFile } from '../files';
import { workspacePath } from '../roots';
import type { Run } from '../run';
import { summarizeFile } from './file';
import { summarizeFolder } from './folder';

/** Summarizes a file, a selection, a folder or the whole workspace, by what the path names. */
export async function summarize(run: Run, params: SummarizeParams): Promise<SummaryResult> {
  const path = workspacePath(run.roots, params.path);
  if (path === '' || path.endsWith('/')) return summarizeFolder(run, path);
  return summarizeFile(run, requireFile(run.index, path), params);
}
