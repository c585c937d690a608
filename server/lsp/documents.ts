import { TextDocuments, type Connection } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { URI } from 'vscode-uri';
import { EditorDocuments, type OpenDocuments } from '../workspace/openDocuments';

/** Follows what the client has open, edits and saves. Only files of a disk count; others belong to no workspace. */
export function listenToDocuments(connection: Connection): OpenDocuments {
  const documents = new EditorDocuments();
  const texts = new TextDocuments(TextDocument);
  const onFile = (uri: string, act: (path: string) => void): void => {
    const parsed = URI.parse(uri);
    if (parsed.scheme === 'file') act(parsed.fsPath);
  };
  texts.onDidOpen(({ document }) => {
    onFile(document.uri, (path) => {
      documents.opened(path, document.getText());
    });
  });
  // Told of an opened document too, which then has the text that it was opened with.
  texts.onDidChangeContent(({ document }) => {
    onFile(document.uri, (path) => {
      documents.edited(path, document.getText());
    });
  });
  texts.onDidSave(({ document }) => {
    onFile(document.uri, (path) => {
      documents.wasSaved(path);
    });
  });
  texts.onDidClose(({ document }) => {
    onFile(document.uri, (path) => {
      documents.closed(path);
    });
  });
  texts.listen(connection);
  return documents;
}
