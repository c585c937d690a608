import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderExclude, TeamStoreSettings } from '../../protocol/messages';
import { unlessCancelled } from '../concurrency';
import { EncodingSpeed } from '../indexing/encodingSpeed';
import { FileCuts } from '../indexing/fileCuts';
import { StoredWords } from '../indexing/storedWords';
import { WorkspaceIndex } from '../indexing/workspaceIndex';
import { storeFolder } from '../model/cacheFolders';
import type { AnyPackage } from '../model/manifest';
import type { ModelHost } from '../model/modelHost';
import { openTeamStore } from '../store/team/open';
import type { TeamStoreOptions } from '../store/team/teamStore';
import { WindowStore } from '../store/windowStore';
import { nodeFolderFiles } from '../workspace/folderFiles';
import { FolderWorkspace } from '../workspace/folderWorkspace';
import { MultiRootWorkspace } from '../workspace/multiRootWorkspace';
import { noDocuments, underDocuments, type OpenDocuments } from '../workspace/openDocuments';
import { nodePaths } from '../workspace/pathFlavour';
import type { Workspace } from '../workspace/workspace';
import type { Emit } from './engine';
import type { Roots } from './roots';
import type { Run } from './run';
import { ToldMemory } from './summarize/toldMemory';

/** Workspaces whose index is kept in memory; the least recently asked is forgotten first. */
const maxOpenWorkspaces = 4;

interface OpenWorkspace {
  workspace: Workspace;
  cutsFile: string;
  cuts: FileCuts;
  words: StoredWords;
  index?: WorkspaceIndex;
  /** When files were last looked over, by the clock of `performance.now()`. */
  lookedAtMs: number;
  /** One scan at a time: a second request then finds what the first has built. */
  turn: Promise<unknown>;
}

export interface WorkspacesOptions {
  cacheFolder: string;
  kvQuotaBytes?: number;
  exclude?: readonly string[];
  folderExcludes?: readonly FolderExclude[];
  teamStore?: TeamStoreSettings;
  include?: readonly string[];
  /** Their texts stand in for the files of the workspace. */
  documents?: OpenDocuments;
}

/** The indexes of the workspaces that were asked about, over one store. */
export class Workspaces {
  private readonly known = new Map<string, Promise<OpenWorkspace>>();
  private readonly opened = new Map<AnyPackage, Promise<WindowStore>>();
  readonly speed: EncodingSpeed;
  private readonly told: ToldMemory;
  private readonly team: TeamStoreOptions | undefined;

  constructor(
    private readonly host: ModelHost,
    private readonly options: WorkspacesOptions,
  ) {
    this.speed = new EncodingSpeed(
      join(storeFolder(this.host.model, this.options.cacheFolder), 'speed.json'),
    );
    const { reading } = host;
    this.told = new ToldMemory(join(storeFolder(reading, options.cacheFolder), 'told'), reading.packageId);
    const { teamStore } = options;
    // Once: it takes what the client handed over out of the environment.
    this.team = teamStore && openTeamStore(teamStore, host.model.packageId, process.env);
  }

  /** Of the package that routes: its landmark keys, and what it read itself. */
  store(): Promise<WindowStore> {
    return this.storeOf(this.host.model);
  }

  /** Of the package that reads. */
  kvStore(): Promise<WindowStore> {
    return this.storeOf(this.host.reading);
  }

  async stores(): Promise<Pick<Run, 'store' | 'kvStore' | 'told'>> {
    const [store, kvStore] = await Promise.all([this.store(), this.kvStore()]);
    return { store, kvStore, told: this.told };
  }

  /** Saves where the records lie, and lets the next process take over. */
  async dispose(): Promise<void> {
    const workspaces = await Promise.allSettled(this.known.values());
    for (const workspace of workspaces) {
      if (workspace.status !== 'fulfilled') continue;
      const { cuts, words, index } = workspace.value;
      // A cache that cannot be written is made again.
      await cuts.save().catch(() => undefined);
      if (index) await words.save(index);
    }
    const opened = [...this.opened.values()];
    this.opened.clear();
    for (const store of opened) await (await store.catch(() => undefined))?.close();
  }

  /** The index of the workspace as it is now; what did not change since the last request is kept. */
  async index(roots: Roots, emit: Emit, signal: AbortSignal): Promise<WorkspaceIndex> {
    const open = await this.open(roots);
    const before = open.turn;
    const built = unlessCancelled(before, signal).then(() => this.build(open, emit, signal));
    open.turn = before.then(() => built.catch(() => undefined));
    return built;
  }

  /**
   * The index that the last request found, before files are looked over again; undefined where there is none, or a text
   * in an editor was changed since.
   */
  async lastIndex(roots: Roots): Promise<WorkspaceIndex | undefined> {
    const open = await this.known.get(roots.key)?.catch(() => undefined);
    const { documents = noDocuments } = this.options;
    return open && documents.editedAtMs < open.lookedAtMs ? open.index : undefined;
  }

  /** How many of these windows have stored keys and values. */
  async warmWindows(index: WorkspaceIndex): Promise<number> {
    const store = await this.kvStore();
    return store.countKv(index.windows.map(({ id }) => id));
  }

  /** Forgets what is stored of the workspace; the next request reads its files anew. */
  async clear(roots: Roots, emit: Emit, signal: AbortSignal): Promise<{ windows: number; bytes: number }> {
    const index = await this.index(roots, emit, signal);
    const open = await this.open(roots);
    delete open.index;
    const windowIds = [...new Set(index.windows.map(({ id }) => id))];
    const stores = await this.stores();
    const removed = await stores.store.remove(windowIds, signal);
    await this.told.remove(new Set(windowIds));
    open.cuts.discard();
    await open.words.written();
    let { bytes } = removed;
    if (stores.kvStore !== stores.store) bytes += (await stores.kvStore.remove(windowIds, signal)).bytes;
    for (const file of [open.cutsFile, open.words.path]) {
      bytes += (await stat(file).catch(() => undefined))?.size ?? 0;
      await rm(file, { force: true });
    }
    this.known.delete(roots.key);
    return { windows: removed.windows, bytes };
  }

  private async build(open: OpenWorkspace, emit: Emit, signal: AbortSignal): Promise<WorkspaceIndex> {
    emit({ type: 'progress', phase: 'walk', done: 0, total: 0, message: 'looking for text files' });
    const lookedAtMs = performance.now();
    const scan = await open.workspace.scan(signal);
    open.lookedAtMs = lookedAtMs;
    const known = open.index?.scan.files;
    const unchanged = known?.length === scan.files.length && scan.files.every((file, i) => file === known[i]);
    if (open.index && unchanged) return open.index;
    const before = open.index;
    const options = {
      cuts: open.cuts,
      text: await this.host.text(),
      store: await this.store(),
      keyNumbers: this.host.model.manifest.routing.keyNumbers,
      before,
      counted: before ? undefined : await open.words.read(),
      onProgress: (done: number, total: number) => {
        emit({ type: 'progress', phase: 'walk', done, total, message: 'cutting files into blocks' });
      },
    };
    open.index = await WorkspaceIndex.build(scan, options, signal);
    // Those of edits are written when the session ends: most of a large file would be as it was.
    if (!before) void open.words.save(open.index);
    return open.index;
  }

  private async open(roots: Roots): Promise<OpenWorkspace> {
    const { key } = roots;
    const pending = this.known.get(key) ?? this.openWorkspace(roots);
    this.known.delete(key);
    this.known.set(key, pending);
    if (this.known.size > maxOpenWorkspaces) this.known.delete(this.known.keys().next().value!);
    try {
      return await pending;
    } catch (error) {
      this.known.delete(key);
      throw error;
    }
  }

  private async openWorkspace({ key, root, folders }: Roots): Promise<OpenWorkspace> {
    const keyHash = createHash('sha256').update(key).digest('hex').slice(0, 24);
    const folder = join(storeFolder(this.host.model, this.options.cacheFolder), 'workspaces');
    const cutsFile = join(folder, `${keyHash}.json`);
    const { packageId } = this.host.model;
    const cuts = await FileCuts.open(cutsFile, packageId);
    const { exclude = [], include = [], documents = noDocuments } = this.options;
    const options = {
      ...{ exclude, include, files: underDocuments(nodeFolderFiles, documents) },
      remembered: (path: string) => cuts.remembered(path),
    };
    return {
      workspace: folders
        ? new MultiRootWorkspace(
            folders.map((folder) => ({ ...folder, editorExclude: this.editorExclude(folder.root) })),
            options,
          )
        : new FolderWorkspace(root, { ...options, editorExclude: this.editorExclude(root) }),
      cutsFile,
      cuts,
      words: new StoredWords(join(folder, `${keyHash}.words`), packageId),
      lookedAtMs: -Infinity,
      turn: Promise.resolve(),
    };
  }

  private editorExclude(root: string): string[] {
    const { folderExcludes = [] } = this.options;
    const own = folderExcludes.filter((folder) => nodePaths.key(folder.root) === nodePaths.key(root));
    return own.flatMap((folder) => folder.exclude);
  }

  private storeOf(model: AnyPackage): Promise<WindowStore> {
    const known = this.opened.get(model);
    if (known) return known;
    const opened = this.openStore(model).catch((error: unknown) => {
      // Once its cause is gone, the next request opens the store.
      this.opened.delete(model);
      throw error;
    });
    this.opened.set(model, opened);
    return opened;
  }

  private openStore(model: AnyPackage): Promise<WindowStore> {
    const { kvQuotaBytes } = this.options;
    const routes = model === this.host.model;
    return WindowStore.open({
      folder: storeFolder(model, this.options.cacheFolder),
      packageId: model.packageId,
      shape: { ...model.manifest.shape, keyWidth: this.host.model.manifest.routing.keyNumbers },
      ...(kvQuotaBytes !== undefined && { kvQuotaBytes }),
      // A team shares what everyone needs: keys and values of the reader that one of them chose stay here.
      ...(routes && this.team && { team: this.team }),
    });
  }
}
