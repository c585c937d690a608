import type * as vscode from 'vscode';
import type { Place } from '../../protocol/messages';
import { pathOf } from '../roots';
import { askProvider } from './providers';

/** The server reads this many. */
const placesMax = 32;
/** A use is understood from the lines around it. */
const linesAround = 3;
/** Of a definition that names no range, this much is read. */
const definitionLines = 20;

/** Where the editor's language features find a symbol defined and used; definitions first. */
export async function relatedPlaces(
  uri: vscode.Uri,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<Place[]> {
  const [definitions, references] = await Promise.all([
    askProvider<vscode.Location | vscode.LocationLink>(
      'vscode.executeDefinitionProvider',
      token,
      uri,
      position,
    ),
    askProvider<vscode.Location>('vscode.executeReferenceProvider', token, uri, position),
  ]);
  const places = [...definitions.flatMap(definitionPlace), ...references.flatMap(usePlace)];
  return withoutRepeats(places).slice(0, placesMax);
}

function definitionPlace(found: vscode.Location | vscode.LocationLink): Place[] {
  const [uri, range] = 'targetUri' in found ? [found.targetUri, found.targetRange] : [found.uri, found.range];
  const path = pathOf(uri);
  if (path === undefined) return [];
  const endLine = range.isSingleLine ? range.start.line + definitionLines : range.end.line + 1;
  return [{ path, startLine: range.start.line + 1, endLine }];
}

function usePlace({ uri, range }: vscode.Location): Place[] {
  const path = pathOf(uri);
  if (path === undefined) return [];
  const startLine = Math.max(1, range.start.line + 1 - linesAround);
  return [{ path, startLine, endLine: range.end.line + 1 + linesAround }];
}

function withoutRepeats(places: readonly Place[]): Place[] {
  const seen = new Set<string>();
  return places.filter(({ path, startLine }) => {
    const key = `${path}:${startLine}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
