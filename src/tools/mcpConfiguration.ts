/**
 * What most MCP clients take in their settings. Pure.
 *
 * @param cli absolute path of the command line
 * @param root absolute path of the folder that is asked about
 */
export function mcpConfiguration(cli: string, root: string): string {
  const landmark = { command: 'node', args: [cli, 'mcp', '--root', root] };
  return JSON.stringify({ mcpServers: { landmark } }, null, 2);
}
