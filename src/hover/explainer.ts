import * as vscode from 'vscode';
import { method, type AnswerResult, type ExplainParams, type Place } from '../../protocol/messages';
import type { Connection } from '../connection';
import { AnswerSoFar } from '../documents/answerSoFar';
import { placeName, type Page } from '../documents/page';
import { lineUri, type PageDocuments } from '../documents/pageDocuments';
import { pathOf, rootedParams } from '../roots';
import { modelPackageSetting, readerSetting } from '../settings';
import { inOwnWords } from '../view/notes';
import { stillHolds, witnessesOf } from './basis';
import type { ExplanationCache } from './cache';
import { enclosingPlace } from './enclosing';
import {
  draftPage,
  explainedOf,
  explanationKey,
  explanationPage,
  type Explained,
  type Known,
  type Subject,
} from './explanation';
import { noPlaces, placeList } from './places';
import { relatedPlaces } from './related';
import { seenText } from './texts';

interface Context extends Known {
  /** Places that are read besides what the question finds. */
  toRead: Place[];
}

const nothingKnown: Context = { toRead: [], places: noPlaces, witnesses: [] };

/** What is explained, and how. */
interface Task {
  subject: Subject;
  params: Omit<ExplainParams, 'root'>;
  /** Asks the editor's language features before the model is asked. */
  look?: (token: vscode.CancellationToken) => Promise<Context>;
  /** What it is kept by; it is not kept without one. */
  key?: string;
}

/** Explains symbols and selections, one at a time: who asks for another has moved on from the last. */
export class Explainer {
  private current: vscode.CancellationTokenSource | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly pages: PageDocuments,
    private readonly cache: ExplanationCache,
  ) {}

  /** What was said of a word before, while all that it rests on reads as it did. Asks nobody but the files. */
  async cached(document: vscode.TextDocument, range: vscode.Range): Promise<Explained | undefined> {
    const path = pathOf(document.uri);
    if (path === undefined) return undefined;
    const explained = this.cache.get(keyOf(document, path, range));
    return explained && (await stillHolds(explained.basis, seenText)) ? explained : undefined;
  }

  async explainSymbol(document: vscode.TextDocument, position: vscode.Position): Promise<void> {
    const path = requirePath(document.uri);
    const range = document.getWordRangeAtPosition(position) ?? new vscode.Range(position, position);
    const [line, column] = [range.start.line + 1, range.start.character + 1];
    const word = document.getText(range);
    const subject = { title: word, path, startLine: line, endLine: line };
    const key = keyOf(document, path, range);
    const look = async (token: vscode.CancellationToken): Promise<Context> => {
      const [related, enclosing] = await Promise.all([
        relatedPlaces(document.uri, range.start, token),
        enclosingPlace(document, path, range.start, token),
      ]);
      const { definitions, uses, toRead } = related;
      return {
        toRead,
        places: { definitions: placeList(definitions), uses: placeList(uses) },
        witnesses: await witnessesOf([enclosing, ...toRead], seenText),
      };
    };
    const params = { path, line, ...(word !== '' && { column }) };
    await this.explain({ subject, params, look, key });
  }

  async explainSelection(document: vscode.TextDocument, range: vscode.Range): Promise<void> {
    const path = requirePath(document.uri);
    const startLine = range.start.line + 1;
    // A selection that ends before the first character of a line does not include it.
    const endLine = Math.max(startLine, range.end.character === 0 ? range.end.line : range.end.line + 1);
    const subject = { title: '', path, startLine, endLine };
    await this.explain({ subject, params: { path, line: startLine, endLine } });
  }

  private async explain(task: Task): Promise<void> {
    this.current?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.current = source;
    const { subject } = task;
    const title = subject.title === '' ? `${subject.startLine}-${subject.endLine}` : subject.title;
    const name = vscode.l10n.t('Explanation of {0}', title);
    const running: Running = { task, known: nothingKnown, soFar: new AnswerSoFar() };
    const uri = await this.pages.open(name, draftOf(running), { subject: placeName(subject) });
    const closed = cancelWhenClosed(uri, source);
    try {
      await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: name, cancellable: true },
        (_progress, stop) => {
          stop.onCancellationRequested(() => {
            source.cancel();
          });
          return this.run(running, uri, source.token);
        },
      );
    } catch (error) {
      const { sentences, citations } = running.soFar;
      const said = {
        sentences: sentences.filter((sentence) => (sentence as unknown) !== undefined),
        citations: [...citations.values()],
        places: running.known.places,
      };
      const note = error instanceof vscode.CancellationError ? vscode.l10n.t('Stopped.') : messageOf(error);
      this.pages.write(uri, explanationPage(subject, said, [note], addressOf, vscode.l10n.t));
      throw error;
    } finally {
      closed.dispose();
      if (this.current === source) this.current = undefined;
      source.dispose();
    }
  }

  private async run(running: Running, uri: vscode.Uri, token: vscode.CancellationToken): Promise<void> {
    const { task, soFar } = running;
    if (task.look) running.known = await task.look(token);
    const { toRead, places } = running.known;
    if (places !== noPlaces) this.pages.write(uri, draftOf(running));
    const params = { ...rootedParams(), ...task.params, ...(toRead.length > 0 && { related: toRead }) };
    const told = await this.connection.request<AnswerResult>(method.explain, params, {
      token,
      onEvent: (event) => {
        if (soFar.add(event)) this.pages.write(uri, draftOf(running));
      },
    });
    // An answer that was on its way while its tab was closed is nobody's.
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    const result = inOwnWords(told, vscode.l10n.t);
    const explained = explainedOf(result, running.known);
    this.pages.write(uri, explanationPage(task.subject, explained, result.notes, addressOf, vscode.l10n.t));
    if (task.key !== undefined && !result.abstained) await this.cache.set(task.key, explained);
  }
}

interface Running {
  task: Task;
  known: Context;
  soFar: AnswerSoFar;
}

function draftOf({ task, known, soFar }: Running): Page {
  return draftPage(task.subject, soFar, known.places, addressOf, vscode.l10n.t, vscode.env.language);
}

function keyOf(document: vscode.TextDocument, path: string, range: vscode.Range): string {
  const lineText = document.lineAt(range.start.line).text;
  return explanationKey({
    modelPackage: modelPackageSetting(),
    readerPackage: readerSetting(),
    path,
    line: range.start.line + 1,
    lineText,
    word: document.getText(range),
  });
}

function requirePath(uri: vscode.Uri): string {
  const path = pathOf(uri);
  if (path !== undefined) return path;
  throw new Error(vscode.l10n.t('Landmark explains files of an open folder of this machine.'));
}

/** Nobody reads on in a page that is closed. */
function cancelWhenClosed(uri: vscode.Uri, source: vscode.CancellationTokenSource): vscode.Disposable {
  return vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
    const isOfPage = closed.some(
      ({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString(),
    );
    if (isOfPage) source.cancel();
  });
}

export function addressOf(place: Place): string | undefined {
  return lineUri(place)?.toString();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
