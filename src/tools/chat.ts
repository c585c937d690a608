import * as vscode from 'vscode';
import {
  method,
  type AnswerResult,
  type Citation,
  type StreamEvent,
  type Turn,
} from '../../protocol/messages';
import type { Connection } from '../connection';
import { progressText } from '../documents/progressText';
import { failureMessage } from '../failures';
import { escapeMarkdownBlock, escapeMarkdownLine } from '../markdown';
import { rootedParams, uriOf } from '../roots';
import { inOwnWords } from '../view/notes';

/** Earlier turns that are sent along; the server uses as many. */
const turnsMax = 8;

/** `@landmark` in the chat of the host: the same answer as in the Ask panel, with references. */
export function registerChat(context: vscode.ExtensionContext, connection: Connection): void {
  const participant = vscode.chat.createChatParticipant(
    'landmark.chat',
    async (request, { history }, stream, token) => {
      const workspace = rootedParams();
      if (!workspace) {
        stream.markdown(
          vscode.l10n.t('Open a folder of this machine first; Landmark answers from its files.'),
        );
        return {};
      }
      const params = { ...workspace, question: request.prompt, thread: turnsOf(history) };
      try {
        const onEvent = (event: StreamEvent): void => {
          if (event.type === 'progress')
            stream.progress(progressText(event, vscode.l10n.t, vscode.env.language));
          if (event.type === 'sentence') writeSentence(stream, event.sentence, event.citations);
        };
        const result = await connection.request<AnswerResult>(method.ask, params, { token, onEvent });
        const answer = inOwnWords(result, vscode.l10n.t);
        if (answer.sentences.length === 0) stream.markdown(escapeMarkdownBlock(answer.answer));
        if (answer.sentences.some(({ citations }) => citations.length === 0)) {
          stream.markdown(`\n\n*(?) ${vscode.l10n.t('Nothing that was read supports this sentence.')}*`);
        }
        for (const note of answer.notes) stream.markdown(`\n\n*${escapeMarkdownLine(note)}*`);
        for (const path of new Set([...answer.read, ...answer.nearest].map((hit) => hit.path))) {
          const uri = uriOf(path);
          if (uri) stream.reference(uri);
        }
        return { metadata: { answer: result.answer } };
      } catch (error) {
        if (error instanceof vscode.CancellationError) return {};
        return { errorDetails: { message: failureMessage(error).message } };
      }
    },
  );
  participant.iconPath = new vscode.ThemeIcon('book');
  context.subscriptions.push(participant);
}

function writeSentence(
  stream: vscode.ChatResponseStream,
  sentence: { text: string; citations: number[] },
  citations: readonly Citation[],
): void {
  const mark = sentence.citations.length === 0 ? '(?) ' : '';
  stream.markdown(`${escapeMarkdownBlock(sentence.text.trim())} ${mark}`);
  for (const n of sentence.citations) {
    const citation = citations.find((candidate) => candidate.n === n);
    const uri = citation && uriOf(citation.path);
    if (!uri) continue;
    const range = new vscode.Range(citation.startLine - 1, 0, citation.endLine - 1, 0);
    stream.anchor(new vscode.Location(uri, range), `${citation.path}:${citation.startLine}`);
    stream.markdown(' ');
  }
}

function turnsOf(history: vscode.ChatContext['history']): Turn[] {
  const turns: Turn[] = [];
  let question: string | undefined;
  for (const turn of history) {
    if (turn instanceof vscode.ChatRequestTurn) question = turn.prompt;
    else if (question !== undefined) {
      const answer: unknown = turn.result.metadata?.answer;
      if (typeof answer === 'string') turns.push({ question, answer });
      question = undefined;
    }
  }
  return turns.slice(-turnsMax);
}
