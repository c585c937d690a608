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

/** Where the editor's language features find a symbol. */
export interface Related {
  definitions: Place[];
  uses: Place[];
  /** The same with the lines around them, for the model; definitions first. */
  toRead: Place[];
}

export async function relatedPlaces(
  uri: vscode.Uri,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<Related> {
  const [found, references] = await Promise.all([
    askProvider<vscode.Location | vscode.LocationLink>(
      'vscode.executeDefinitionProvider',
      token,
      uri,
      position,
    ),
    askProvider<vscode.Location>('vscode.executeReferenceProvider', token, uri, position),
  ]);
  const definitions = withoutRepeats(found.flatMap(definitionPlace));
  const defined = new Set(definitions.map(startOf));
  // Providers count the definition among the uses.
  const uses = withoutRepeats(references.flatMap(placeOf)).filter((place) => !defined.has(startOf(place)));
  const toRead = withoutRepeats([...definitions.map(wholeDefinition), ...uses.map(withLinesAround)]);
  return { definitions, uses, toRead: toRead.slice(0, placesMax) };
}

function definitionPlace(found: vscode.Location | vscode.LocationLink): Place[] {
  return placeOf('targetUri' in found ? { uri: found.targetUri, range: found.targetRange } : found);
}

function placeOf({ uri, range }: { uri: vscode.Uri; range: vscode.Range }): Place[] {
  const path = pathOf(uri);
  return path === undefined ? [] : [{ path, startLine: range.start.line + 1, endLine: range.end.line + 1 }];
}

function wholeDefinition(place: Place): Place {
  const { startLine, endLine } = place;
  return startLine === endLine ? { ...place, endLine: startLine + definitionLines - 1 } : place;
}

function withLinesAround({ path, startLine, endLine }: Place): Place {
  return { path, startLine: Math.max(1, startLine - linesAround), endLine: endLine + linesAround };
}

function startOf({ path, startLine }: Place): string {
  return `${path}:${startLine}`;
}

/** Of two that begin on the same line the first stays. */
function withoutRepeats(places: readonly Place[]): Place[] {
  const known = new Map<string, Place>();
  for (const place of places) if (!known.has(startOf(place))) known.set(startOf(place), place);
  return [...known.values()];
}
