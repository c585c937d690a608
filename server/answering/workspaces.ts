import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { StatusResult } from '../../protocol/messages';
import { FileCuts } from '../indexing/fileCuts';
import { WorkspaceIndex } from '../indexing/workspaceIndex';
import type { ModelHost } from '../model/modelHost';
import { WindowStore } from '../store/windowStore';
import { FolderWorkspace } from '../workspace/folderWorkspace';
import type { Workspace } from '../workspace/workspace';
import type { Emit } from './engine';

/** Roots whose index is kept in memory; the least recently asked is forgotten first. */
const maxOpenRoots = 4;

interface OpenRoot {
  workspace: Workspace;
  cuts: FileCuts;
  index?: WorkspaceIndex;
}

/** The indexes of the workspaces that were asked about, over one store. */
export class Workspaces {
  private readonly roots = new Map<string, Promise<OpenRoot>>();
  private opened: Promise<WindowStore> | undefined;

  constructor(
    private readonly host: ModelHost,
    private readonly cacheFolder: string,
    private readonly kvQuotaBytes: number | undefined,
  ) {}

  store(): Promise<WindowStore> {
    return (this.opened ??= this.openStore());
  }

  /** The index of the folder as it is now; what did not change since the last request is kept. */
  async index(root: string, emit: Emit, signal: AbortSignal): Promise<WorkspaceIndex> {
    const open = await this.open(resolve(root));
    emit({ type: 'progress', phase: 'walk', done: 0, total: 0, message: 'looking for text files' });
    const scan = await open.workspace.scan(signal);
    const known = open.index?.scan.files;
    const unchanged = known?.length === scan.files.length && scan.files.every((file, i) => file === known[i]);
    if (open.index && unchanged) return open.index;
    const text = await this.host.text();
    open.index = await WorkspaceIndex.build(
      scan,
      open.cuts,
      text,
      await this.store(),
      this.host.model.manifest.routing.keyNumbers,
      (done, total) => {
        emit({ type: 'progress', phase: 'walk', done, total, message: 'cutting files into blocks' });
      },
      signal,
    );
    return open.index;
  }

  async status(root: string): Promise<NonNullable<StatusResult['workspace']>> {
    const index = await this.index(root, () => undefined, new AbortController().signal);
    const store = await this.store();
    const warm = await Promise.all(index.windows.map(({ id }) => store.hasKv(id)));
    return {
      root,
      files: index.scan.files.length,
      windows: index.windows.length,
      blocks: index.blockCount,
      landmarkBlocks: index.keys.count,
      warmWindows: warm.filter(Boolean).length,
      bytesOnDisk: (await store.stats()).bytes,
    };
  }

  private async open(root: string): Promise<OpenRoot> {
    const known = this.roots.get(root);
    this.roots.delete(root);
    const pending = known ?? this.openRoot(root);
    this.roots.set(root, pending);
    if (this.roots.size > maxOpenRoots) this.roots.delete(this.roots.keys().next().value!);
    try {
      return await pending;
    } catch (error) {
      this.roots.delete(root);
      throw error;
    }
  }

  private async openRoot(root: string): Promise<OpenRoot> {
    const { packageId } = this.host.model;
    const rootHash = createHash('sha256').update(root).digest('hex').slice(0, 24);
    const cuts = await FileCuts.open(join(this.storeFolder(), 'workspaces', `${rootHash}.json`), packageId);
    return { workspace: new FolderWorkspace(root), cuts };
  }

  private async openStore(): Promise<WindowStore> {
    const { shape, routing } = this.host.model.manifest;
    return WindowStore.open({
      folder: this.storeFolder(),
      packageId: this.host.model.packageId,
      shape: { ...shape, keyWidth: routing.keyNumbers },
      ...(this.kvQuotaBytes !== undefined && { kvQuotaBytes: this.kvQuotaBytes }),
    });
  }

  private storeFolder(): string {
    return join(this.cacheFolder, 'store', this.host.model.packageId.slice(0, 16));
  }
}
