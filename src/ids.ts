/** The ids of commands and views that this extension's own code names; `package.json` contributes the same. */
export const commands = {
  ask: 'landmark.ask',
  askFolder: 'landmark.ask.folder',
  buildIndex: 'landmark.index.build',
  pauseIndex: 'landmark.index.pause',
  resumeIndex: 'landmark.index.resume',
  rebuildIndex: 'landmark.index.rebuild',
  clearIndex: 'landmark.index.clear',
  refreshIndex: 'landmark.index.refresh',
  showIndex: 'landmark.index.show',
  excludeFolder: 'landmark.index.exclude',
  getModel: 'landmark.model.get',
  changeModel: 'landmark.model.change',
  changeReader: 'landmark.model.reader',
  verifyModel: 'landmark.model.verify',
  removeModel: 'landmark.model.remove',
  signIn: 'landmark.teamStore.signIn',
  signOut: 'landmark.teamStore.signOut',
  explain: 'landmark.explain',
  explainSelection: 'landmark.explain.selection',
  openPlace: 'landmark.openPlace',
  summarizeFile: 'landmark.summarize.file',
  summarizeSelection: 'landmark.summarize.selection',
  summarizeFolder: 'landmark.summarize.folder',
  summarizeChanges: 'landmark.summarize.changes',
  exampleQuestion: 'landmark.exampleQuestion',
  openWalkthrough: 'landmark.openWalkthrough',
  showLog: 'landmark.showLog',
  restart: 'landmark.restart',
  reportIssue: 'landmark.reportIssue',
  copyMcp: 'landmark.mcp.copy',
} as const;

export const views = { index: 'landmark.index' } as const;

/** What `when` clauses of the manifest ask. */
export const contextKeys = {
  /** `none`, `virtual` or `local`. */
  workspace: 'landmark.workspace',
  /** `unknown`, `ready`, `missing`, `getting`, `paused` or `failed`. */
  model: 'landmark.model',
  /** The phase of the index, see src/index/state.ts. */
  index: 'landmark.index',
} as const;
