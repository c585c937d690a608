import type { InitializationOptions } from '../../protocol/messages';

/**
 * What most MCP clients take in their settings: the command line with what this window's server is started with. A team
 * store is left out: its key is the editor's secret. Pure.
 *
 * @param cli absolute path of the command line
 * @param root absolute path of the folder that is asked about
 */
export function mcpConfiguration(cli: string, root: string, options: InitializationOptions): string {
  const { cacheFolder, provider, modelPackage, readerPackage, threads, exclude = [], include = [] } = options;
  const ofFolder = (options.folderExcludes ?? []).filter((folder) => folder.root === root);
  const leftOut = [...exclude, ...ofFolder.flatMap((folder) => folder.exclude)];
  const given = Object.entries({
    '--cache': cacheFolder,
    '--provider': provider === 'auto' ? undefined : provider,
    '--model': modelPackage,
    '--reader': readerPackage === 'auto' ? undefined : readerPackage,
    '--threads': threads,
    '--exclude': leftOut,
    '--include': include,
  });
  const args = given.flatMap(([name, values]) =>
    [values ?? []].flat().flatMap((value) => [name, String(value)]),
  );
  const landmark = { command: 'node', args: [cli, ...args, 'mcp', '--root', root] };
  return JSON.stringify({ mcpServers: { landmark } }, null, 2);
}
