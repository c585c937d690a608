import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { InitializationOptions, ProviderChoice } from '../protocol/messages';

export const configurationSection = 'landmark';

/** The connection to the language server; the client restarts it where it crashes. */
export function createClient(context: vscode.ExtensionContext): LanguageClient {
  const module = context.asAbsolutePath('dist/server.js');
  const server = { module, transport: TransportKind.stdio };
  return new LanguageClient(
    'landmark',
    'Landmark',
    { run: server, debug: server },
    // A function, so that a restart reads the settings again.
    { documentSelector: [], initializationOptions },
  );
}

function initializationOptions(): InitializationOptions {
  const configuration = vscode.workspace.getConfiguration(configurationSection);
  const cacheFolder = configuration.get<string>('cacheFolder', '').trim();
  return {
    provider: configuration.get<ProviderChoice>('provider', 'auto'),
    ...(cacheFolder === '' ? {} : { cacheFolder }),
  };
}
