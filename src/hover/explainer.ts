import * as vscode from 'vscode';
import { method, type AnswerResult, type ExplainParams, type Place } from '../../protocol/messages';
import type { Connection } from '../connection';
import { AnswerSoFar } from '../documents/answerSoFar';
import { lineUri, type PageDocuments } from '../documents/pageDocuments';
import { pathOf, rootedParams } from '../roots';
import { modelPackageSetting } from '../settings';
import { stillHolds, witnessesOf, type Witness } from './basis';
import type { ExplanationCache } from './cache';
import { enclosingPlace } from './enclosing';
import {
  draftPage,
  explainedOf,
  explanationKey,
  explanationPage,
  type Explained,
  type Subject,
} from './explanation';
import { relatedPlaces } from './related';
import { savedText, seenText } from './texts';

/** What is looked up before the model is asked. */
interface Context {
  /** Places that are read besides what the question finds. */
  related: Place[];
  witnesses: Witness[];
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
    // The server reads what was saved, so that an explanation of a changed document is not of what is seen.
    const key = document.isDirty ? undefined : keyOf(document, path, range);
    const look = async (token: vscode.CancellationToken): Promise<Context> => {
      const [related, enclosing] = await Promise.all([
        relatedPlaces(document.uri, range.start, token),
        enclosingPlace(document, path, range.start, token),
      ]);
      return { related, witnesses: await witnessesOf([enclosing, ...related], savedText) };
    };
    await this.explain(
      subject,
      { path, line, ...(word !== '' && { column }) },
      { look, ...(key !== undefined && { key }) },
    );
  }

  async explainSelection(document: vscode.TextDocument, range: vscode.Range): Promise<void> {
    const path = requirePath(document.uri);
    const startLine = range.start.line + 1;
    // A selection that ends before the first character of a line does not include it.
    const endLine = Math.max(startLine, range.end.character === 0 ? range.end.line : range.end.line + 1);
    const subject = { title: '', path, startLine, endLine };
    await this.explain(subject, { path, line: startLine, endLine }, {});
  }

  private async explain(
    subject: Subject,
    params: Omit<ExplainParams, 'root'>,
    { look, key }: { look?: (token: vscode.CancellationToken) => Promise<Context>; key?: string },
  ): Promise<void> {
    this.current?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.current = source;
    const { token } = source;
    const soFar = new AnswerSoFar();
    const draft = () => draftPage(subject, soFar, addressOf, vscode.l10n.t, vscode.env.language);
    const title = subject.title === '' ? `${subject.startLine}-${subject.endLine}` : subject.title;
    const name = vscode.l10n.t('Explanation of {0}', title);
    const uri = await this.pages.open(name, draft());
    const closed = cancelWhenClosed(uri, source);
    try {
      const { related, witnesses } = (await look?.(token)) ?? { related: [], witnesses: [] };
      const all = { ...rootedParams(), ...params, ...(related.length > 0 && { related }) };
      const result = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: name },
        () =>
          this.connection.request<AnswerResult>(method.explain, all, {
            token,
            onEvent: (event) => {
              if (soFar.add(event)) this.pages.write(uri, draft());
            },
          }),
      );
      const explained = explainedOf(result, witnesses);
      this.pages.write(uri, explanationPage(subject, explained, result.notes, addressOf, vscode.l10n.t));
      if (key !== undefined && !result.abstained) await this.cache.set(key, explained);
    } catch (error) {
      const soFarExplained = { sentences: [...soFar.sentences], citations: [...soFar.citations.values()] };
      const note = error instanceof vscode.CancellationError ? vscode.l10n.t('Stopped.') : messageOf(error);
      this.pages.write(uri, explanationPage(subject, soFarExplained, [note], addressOf, vscode.l10n.t));
      throw error;
    } finally {
      closed.dispose();
      if (this.current === source) this.current = undefined;
      source.dispose();
    }
  }
}

function keyOf(document: vscode.TextDocument, path: string, range: vscode.Range): string {
  const lineText = document.lineAt(range.start.line).text;
  return explanationKey({
    modelPackage: modelPackageSetting(),
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
