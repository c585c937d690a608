import * as vscode from 'vscode';
import { method, type AnswerResult } from '../../protocol/messages';
import type { Connection } from '../connection';
import { searchBlocks } from '../ranking';
import { rootedParams, type RootedParams } from '../roots';
import { answerText, hitsText } from './answerText';
import { registerChat } from './chat';
import { registerMcp } from './mcp';

const topDefault = 10;
const topMax = 50;

interface QuestionInput {
  question: string;
  top?: number;
  anyway?: boolean;
}

/** Tools for language models and a chat participant, where the host has them. */
export function registerTools(context: vscode.ExtensionContext, connection: Connection): void {
  registerMcp(context);
  const host = vscode as Partial<typeof vscode>;
  if (typeof (host.lm as Partial<typeof vscode.lm> | undefined)?.registerTool === 'function') {
    context.subscriptions.push(
      vscode.lm.registerTool<QuestionInput>('landmark_search', {
        prepareInvocation: ({ input }) => ({
          invocationMessage: vscode.l10n.t('Landmark searches for "{0}"', shortened(input.question)),
        }),
        invoke: async ({ input }, token) => {
          const top = Math.min(Math.max(Math.floor(input.top ?? topDefault), 1), topMax);
          const params = { ...requireWorkspace(), question: input.question, top };
          const { blocks } = await searchBlocks(connection, params, token);
          return textResult(hitsText(blocks));
        },
      }),
      vscode.lm.registerTool<QuestionInput>('landmark_ask', {
        prepareInvocation: ({ input }) => ({
          invocationMessage: vscode.l10n.t('Landmark answers "{0}"', shortened(input.question)),
        }),
        invoke: async ({ input }, token) => {
          const anyway = input.anyway === true;
          const params = { ...requireWorkspace(), question: input.question, ...(anyway && { anyway }) };
          const answer = await connection.request<AnswerResult>(method.ask, params, { token });
          return textResult(answerText(answer));
        },
      }),
    );
  }
  if (typeof (host.chat as Partial<typeof vscode.chat> | undefined)?.createChatParticipant === 'function') {
    registerChat(context, connection);
  }
}

function textResult(text: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}

export function requireWorkspace(): RootedParams {
  const workspace = rootedParams();
  if (workspace) return workspace;
  throw new Error(vscode.l10n.t('Open a folder of this machine first; Landmark answers from its files.'));
}

function shortened(text: string): string {
  const charsMax = 80;
  return text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
}
