import type { FileStamp, FolderFiles } from './folderFiles';
import { nodePaths, type PathFlavour } from './pathFlavour';

/** Saved files that are remembered, the latest first; more are no longer what one works at. */
const savedMax = 200;

/** The texts that an editor has open, saved or not. Paths are absolute. */
export interface OpenDocuments {
  find(path: string): OpenDocument | undefined;
  /** What is open, the latest opened first. */
  open(): string[];
  /** What was saved in this session, the latest first. */
  saved(): string[];
  /** Changes with what is open and what was saved, but not with every edit. */
  readonly version: number;
  /** When a text was edited last, by the clock of `performance.now()`; -Infinity where none was. */
  readonly editedAtMs: number;
}

export interface OpenDocument {
  text: string;
  /** Differs for every text that the document has had. */
  edit: number;
}

export const noDocuments: OpenDocuments = {
  find: () => undefined,
  open: () => [],
  saved: () => [],
  version: 0,
  editedAtMs: -Infinity,
};

/** What an editor tells of its documents, by their files. */
export class EditorDocuments implements OpenDocuments {
  /** By key; in the order of opening. */
  readonly #open = new Map<string, OpenDocument & { path: string }>();
  readonly #saved = new Map<string, string>();
  #edits = 0;
  version = 0;
  editedAtMs = -Infinity;

  constructor(
    private readonly clock: () => number = () => performance.now(),
    private readonly paths: PathFlavour = nodePaths,
  ) {}

  opened(path: string, text: string): void {
    this.#open.set(this.paths.key(path), { path, text, edit: ++this.#edits });
    this.version++;
  }

  edited(path: string, text: string): void {
    const document = this.#open.get(this.paths.key(path));
    // An editor may tell of a text without having changed it.
    if (!document || document.text === text) return;
    Object.assign(document, { text, edit: ++this.#edits });
    this.editedAtMs = this.clock();
  }

  wasSaved(path: string): void {
    const key = this.paths.key(path);
    this.#saved.delete(key);
    this.#saved.set(key, path);
    if (this.#saved.size > savedMax) this.#saved.delete(this.#saved.keys().next().value!);
    this.version++;
  }

  closed(path: string): void {
    if (this.#open.delete(this.paths.key(path))) this.version++;
  }

  find(path: string): OpenDocument | undefined {
    return this.#open.get(this.paths.key(path));
  }

  open(): string[] {
    return [...this.#open.values()].map(({ path }) => path).reverse();
  }

  saved(): string[] {
    return [...this.#saved.values()].reverse();
  }
}

/** A disk whose files read as they stand in the editor. What is only in the editor is not listed. */
export function underDocuments(files: FolderFiles, documents: OpenDocuments): FolderFiles {
  const opened = (path: string, stamp: FileStamp): FileStamp => {
    const document = documents.find(path);
    if (!document) return stamp;
    return { ...stamp, bytes: Buffer.byteLength(document.text), edit: document.edit };
  };
  return {
    ...files,
    stamp: async (path) => opened(path, await files.stamp(path)),
    stampAtOnce: (path) => opened(path, files.stampAtOnce(path)),
    read: async (path) => {
      const document = documents.find(path);
      return document ? Buffer.from(document.text) : files.read(path);
    },
  };
}
