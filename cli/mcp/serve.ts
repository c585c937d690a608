import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
  type ProgressToken,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js';
import { version } from '../../package.json';
import type { OnEvent, SessionOptions } from '../client';
import { CommandFailure, Interrupted } from '../failures';
import { milestone, type ProgressEvent } from '../render/progress';
import { SharedSession } from './sharedSession';
import { tools, type Tool } from './tools';

/**
 * Serves the tools on this process's standard streams until the client closes them or the process is interrupted.
 * The language server starts with the first call, so that a client that only lists the tools costs nothing.
 */
export async function serveMcp(root: string, options: SessionOptions): Promise<void> {
  const session = new SharedSession(options);
  const server = new McpServer({ name: 'landmark', version }, { capabilities: { tools: {} } });
  server.server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.values(tools).map(({ definition }) => definition),
  }));
  server.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = tools[params.name];
    if (!tool) return failed(`There is no tool "${params.name}". Known: ${Object.keys(tools).join(', ')}.`);
    const token = extra._meta?.progressToken;
    const onEvent = token === undefined ? () => undefined : progressTo(token, extra.sendNotification);
    return callTool(tool, { root, given: params.arguments ?? {}, session, onEvent, signal: extra.signal });
  });
  const ended = endOfInput(options.signal);
  try {
    await server.connect(new StdioServerTransport());
    await ended;
  } finally {
    await server.close();
    await session.close();
  }
}

/** What went wrong is the tool's result, so that the model that called it can do something about it. */
async function callTool(tool: Tool, call: Parameters<Tool['call']>[0]): Promise<CallToolResult> {
  try {
    return await tool.call(call);
  } catch (error) {
    if (error instanceof CommandFailure || error instanceof Interrupted) return failed(error.message);
    throw error;
  }
}

function failed(message: string): CallToolResult {
  return { content: [{ type: 'text', text: message }], isError: true };
}

/** The protocol asks for numbers that grow; phases start anew, so they are counted and told in words. */
function progressTo(
  progressToken: ProgressToken,
  send: (notification: ServerNotification) => Promise<void>,
): OnEvent {
  let previous: ProgressEvent | undefined;
  let progress = 0;
  return (event) => {
    if (event.type !== 'progress') return;
    const message = milestone(previous, event);
    previous = event;
    if (message === undefined) return;
    progress += 1;
    const params = { progressToken, progress, message };
    // A client that has gone closes the input, which ends the process.
    send({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}

function endOfInput(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
