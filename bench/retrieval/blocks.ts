/** The blocks of a folder, cut by the server's own rooms. */

import type { ModelHost, TextModel } from '../../server/model/modelHost';
import { cutWindows, type TextFile, type Window } from '../../server/text/windows';
import { FolderWorkspace } from '../../server/workspace/folderWorkspace';

export interface CutFile {
  file: TextFile;
  windows: Window[];
  /** The blocks of all its windows. */
  blocks: { startLine: number; endLine: number }[];
}

export async function cutFolder(root: string, host: ModelHost): Promise<CutFile[]> {
  const text = await host.text();
  const { files } = await new FolderWorkspace(root).scan(new AbortController().signal);
  return files.map((file) => cutFile(file, text));
}

function cutFile(file: TextFile, { tokenizer, layout }: TextModel): CutFile {
  const windows = cutWindows(file, tokenizer, layout);
  return { file, windows, blocks: windows.flatMap(({ blocks }) => blocks) };
}
