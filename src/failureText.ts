/** What a user of the editor is told of a failure: what is wrong, and a step that helps here. Pure. */

import { errorCode, type ErrorCode } from '../protocol/errors';
import { commands } from './ids';
import type { Translate } from './view/translate';

export interface FailureText {
  text: string;
  steps: FailureStep[];
}

export interface FailureStep {
  title: string;
  command: string;
  arguments?: unknown[];
}

/** The server's own messages speak of its command line; these take their place. Its details are in the log. */
export function failureText(code: ErrorCode, t: Translate): FailureText {
  return isOfWorkspace(code) ? workspaceFailure(code, t) : machineFailure(code, t);
}

/** Failures of what was asked for; all others are of this machine. */
const ofWorkspace = [
  errorCode.rootMissing,
  errorCode.rootNotFolder,
  errorCode.nothingToIndex,
  errorCode.questionEmpty,
  errorCode.fileOutsideRoot,
  errorCode.fileNotIndexed,
  errorCode.fileChanged,
  errorCode.lineOutOfRange,
  errorCode.scopeUnknown,
  errorCode.nothingToSummarize,
] as const;
type WorkspaceCode = (typeof ofWorkspace)[number];

function isOfWorkspace(code: ErrorCode): code is WorkspaceCode {
  return (ofWorkspace as readonly ErrorCode[]).includes(code);
}

function workspaceFailure(code: WorkspaceCode, t: Translate): FailureText {
  const showIndex = { title: t('Show the Index'), command: commands.showIndex };
  const openFolder = { title: t('Open Folder'), command: 'workbench.action.files.openFolder' };
  switch (code) {
    case errorCode.rootMissing:
      return say(t('A folder of this workspace is no longer there. Open another one.'), openFolder);
    case errorCode.rootNotFolder:
      return say(
        t('This workspace names a file as one of its folders. Open the folder that holds it.'),
        openFolder,
      );
    case errorCode.nothingToIndex:
      return say(
        t(
          'There is no text to read in this workspace. Look at the settings of what is excluded, and at the ignore files.',
        ),
        openSettings('landmark.index', t),
      );
    case errorCode.questionEmpty:
      return say(t('The question is empty. Type what you want to know.'));
    case errorCode.fileOutsideRoot:
      return say(t('That file lies outside of this workspace. Choose one inside of it.'));
    case errorCode.fileNotIndexed:
      return say(
        t('That file is not read: the view “Index” tells which files are skipped, and why.'),
        showIndex,
      );
    case errorCode.fileChanged:
      return say(t('A file was changed while it was about to be read. Ask again.'));
    case errorCode.lineOutOfRange:
      return say(t('There is no text there. Place the cursor on a line that holds some.'));
    case errorCode.scopeUnknown:
      return say(
        t(
          'The scope of the question holds no text that is read. Choose another one; the view “Index” tells what is skipped.',
        ),
        showIndex,
      );
    case errorCode.nothingToSummarize:
      return say(
        t('There is nothing to summarize: no text of it is read. The view “Index” tells what is skipped.'),
        showIndex,
      );
  }
}

function machineFailure(code: Exclude<ErrorCode, WorkspaceCode>, t: Translate): FailureText {
  const getModel = { title: t('Get the Model'), command: commands.getModel };
  const changeModel = { title: t('Change Model'), command: commands.changeModel };
  const showLog = { title: t('Show Log'), command: commands.showLog };
  switch (code) {
    case errorCode.modelUnknown:
      return say(t('The model package that is set is not on this machine. Choose another one.'), changeModel);
    case errorCode.modelMissing:
      return say(t('The model is not on this machine yet. Searching by words works without it.'), getModel);
    case errorCode.modelCorrupt:
      return say(
        t('A file of the model is damaged. Get the model again; the log tells which file it is.'),
        getModel,
        {
          title: t('Verify'),
          command: commands.verifyModel,
        },
      );
    case errorCode.modelTooNew:
      return say(
        t('The model package is made for a newer version. Update Landmark, or change the model.'),
        changeModel,
      );
    case errorCode.modelFetchFailed:
      return say(
        t(
          'The model could not be fetched. Check the connection and try again, or download its file elsewhere and choose it; the log tells what was tried.',
        ),
        getModel,
        showLog,
      );
    case errorCode.providerFailed:
      return say(
        t(
          'The model could not be started on any device. Choose another device in the settings; the log tells why.',
        ),
        openSettings('landmark.provider', t),
        showLog,
      );
    case errorCode.modelStopped:
      return say(
        t('The model stopped unexpectedly. Try again: it is started anew; the log tells why it stopped.'),
        showLog,
        { title: t('Verify'), command: commands.verifyModel },
      );
    case errorCode.storeTooNew:
      return say(
        t(
          'What is stored was written by a newer version. Update Landmark, or choose another cache folder in the settings.',
        ),
        openSettings('landmark.cacheFolder', t),
      );
    case errorCode.diskFull:
      return say(t('The disk is full. Free some space and try again; what was stored is kept.'), showLog);
    case errorCode.teamStoreFailed:
      return say(
        t(
          'The team store could not be written. Check its settings and its key; the log tells what it answered.',
        ),
        openSettings('landmark.teamStore', t),
        showLog,
      );
  }
}

function say(text: string, ...steps: FailureStep[]): FailureText {
  return { text, steps };
}

export function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCode, code);
}

function openSettings(query: string, t: Translate): FailureStep {
  return { title: t('Open Settings'), command: 'workbench.action.openSettings', arguments: [query] };
}
