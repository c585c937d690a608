import { describe, expect, it } from 'vitest';
import { outlineOf, type SymbolRange } from '../../../src/summaries/outline';

const [classKind, methodKind, variableKind] = [4, 5, 12];
/** Lines from 1, as the editor shows them. */
const symbol = (
  name: string,
  kind: number,
  startLine: number,
  endLine: number,
  children: SymbolRange[] = [],
): SymbolRange => ({
  name,
  kind,
  range: { start: { line: startLine - 1 }, end: { line: endLine - 1 } },
  children,
});

describe('the outline of a file', () => {
  it('is empty where the editor knows no symbols', () => {
    expect(outlineOf([])).toEqual([]);
  });

  it('names what is nested by what it stands in, and nothing inside of functions', () => {
    const inner = symbol('helper', methodKind, 12, 20, [symbol('deep', methodKind, 13, 15)]);
    expect(outlineOf([symbol('Store', classKind, 1, 40, [inner])])).toEqual([
      { title: 'Store', startLine: 1, endLine: 40 },
      { title: 'Store.helper', startLine: 12, endLine: 20 },
    ]);
  });

  it('leaves single lines to what surrounds them', () => {
    expect(outlineOf([symbol('limit', variableKind, 3, 3), symbol('table', variableKind, 5, 9)])).toEqual([
      { title: 'table', startLine: 5, endLine: 9 },
    ]);
  });
});
