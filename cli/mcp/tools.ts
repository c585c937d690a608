import { isAbsolute } from 'node:path';
import type { CallToolResult, Tool as ToolDefinition } from '@modelcontextprotocol/sdk/types.js';
import { method, type AnswerResult, type SearchResult } from '../../protocol/messages';
import type { OnEvent, Session } from '../client';
import { CommandFailure } from '../failures';
import { scopeOf } from '../options';

export interface ToolCall {
  /** Where the call names no folder. */
  root: string;
  given: Record<string, unknown>;
  session: Pick<Session, 'request'>;
  onEvent: OnEvent;
  signal: AbortSignal;
}

export interface Tool {
  definition: ToolDefinition;
  call(call: ToolCall): Promise<CallToolResult>;
}

/** Blocks that a search returns unless more are asked for: what another model reads without losing its thread. */
const defaultTop = 20;
const topMax = 200;

const inputs = {
  question: { type: 'string', description: 'What you want to know, in words; names of symbols help.' },
  root: {
    type: 'string',
    description: 'Absolute path of the folder. Default: the folder the server was started for.',
  },
  top: {
    type: 'integer',
    minimum: 1,
    maximum: topMax,
    description: `How many blocks. Default ${defaultTop}.`,
  },
  scope: {
    type: 'array',
    items: { type: 'string' },
    description: 'Only these files and folders, relative to the root; a folder ends on a slash.',
  },
  anyway: {
    type: 'boolean',
    description:
      'Answer from the nearest places where there seems to be no answer; without it they are named. Default false.',
  },
} as const;
const annotations = { readOnlyHint: true, openWorldHint: false };

const searchTool: Tool = {
  definition: {
    name: 'landmark_search',
    title: 'Search a repository',
    description:
      'Ranks the blocks of code and text in a local repository that matter most for a question. Returns places ' +
      '(path and lines) to read, best first. Runs on this machine.',
    inputSchema: {
      type: 'object',
      properties: { question: inputs.question, root: inputs.root, top: inputs.top, scope: inputs.scope },
      required: ['question'],
    },
    annotations,
  },
  async call(call) {
    const top = readTop(call.given['top']);
    const asked = readQuestion(call);
    const result = await call.session.request(method.search, { ...asked, top }, call.onEvent, call.signal);
    return {
      content: [{ type: 'text', text: hitsInWords(result) }],
      structuredContent: { root: asked.root, ...result },
    };
  },
};

const askTool: Tool = {
  definition: {
    name: 'landmark_ask',
    title: 'Ask about a repository',
    description:
      'Answers a question about a local repository in a few sentences, each with the places (path and lines) it ' +
      'rests on. Runs on this machine and takes some seconds; the first questions of a large folder take longer.',
    inputSchema: {
      type: 'object',
      properties: {
        question: inputs.question,
        root: inputs.root,
        scope: inputs.scope,
        anyway: inputs.anyway,
      },
      required: ['question'],
    },
    annotations,
  },
  async call(call) {
    const asked = readQuestion(call);
    const anyway = readAnyway(call.given['anyway']);
    const params = { ...asked, ...(anyway && { anyway }) };
    const result = await call.session.request(method.ask, params, call.onEvent, call.signal);
    const { answer, sentences, citations, abstained, nearest, coverage, notes } = result;
    return {
      content: [{ type: 'text', text: answerInWords(result) }],
      structuredContent: {
        root: asked.root,
        answer,
        sentences,
        citations,
        abstained,
        nearest,
        coverage,
        notes,
      },
    };
  },
};

export const tools: Record<string, Tool> = Object.fromEntries(
  [searchTool, askTool].map((tool) => [tool.definition.name, tool]),
);

function readQuestion({ root: standard, given }: ToolCall) {
  const { question, root = standard, scope = [] } = given;
  if (typeof question !== 'string') throw wrong('question', 'must be a string');
  if (typeof root !== 'string' || !isAbsolute(root)) throw wrong('root', 'must be an absolute path');
  if (!Array.isArray(scope) || !scope.every((path) => typeof path === 'string')) {
    throw wrong('scope', 'must be a list of paths');
  }
  return { root, question, ...scopeOf({ root, scope }) };
}

function readTop(given: unknown): number {
  if (given === undefined) return defaultTop;
  if (Number.isInteger(given) && Number(given) >= 1 && Number(given) <= topMax) return Number(given);
  throw wrong('top', `must be a whole number from 1 to ${topMax}`);
}

function readAnyway(given: unknown): boolean {
  if (given === undefined || typeof given === 'boolean') return given ?? false;
  throw wrong('anyway', 'must be true or false');
}

function wrong(field: string, what: string): CommandFailure {
  return new CommandFailure(`The argument "${field}" ${what}. Call the tool again with it put right.`);
}

function placeOf({ path, startLine, endLine }: { path: string; startLine: number; endLine: number }): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function hitsInWords({ blocks, coverage }: SearchResult): string {
  if (blocks.length === 0) return 'Nothing matches. Ask in other words, or widen the scope.';
  const lines = blocks.map(
    (hit) => `${placeOf(hit)}${hit.words.length === 0 ? '' : `  (${hit.words.join(', ')})`}`,
  );
  const searched = `Searched ${coverage.lexicalBlocks} blocks by words, ${coverage.landmarkBlocks} by landmarks.`;
  return `${lines.join('\n')}\n\n${searched}`;
}

function answerInWords({ answer, sentences, citations, abstained, nearest, notes }: AnswerResult): string {
  const told = abstained
    ? answer
    : sentences
        .map(
          ({ text, citations: n }) => `${text} ${n.length === 0 ? '[?]' : n.map((at) => `[${at}]`).join('')}`,
        )
        .join(' ');
  const places = abstained
    ? nearest.map(placeOf)
    : citations.map((citation) => `[${citation.n}] ${placeOf(citation)}`);
  const heading = abstained ? 'The nearest places to look:\n' : '';
  const unsupported = !abstained && sentences.some((sentence) => sentence.citations.length === 0);
  return [
    told === '' ? answer : told,
    places.length === 0 ? '' : `${heading}${places.join('\n')}`,
    unsupported ? '[?] Nothing that was read supports this sentence.' : '',
    ...notes,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
