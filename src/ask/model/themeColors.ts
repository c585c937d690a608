/** Which colour a theme gives a kind of code. */

import type { TokenColors, TokenKind } from '../messages';

/** A rule of a colour theme, as its file has it. */
export interface ThemeRule {
  scope?: string | string[];
  settings?: { foreground?: string };
}

/** TextMate scopes of each kind, the most telling first. */
const scopesOf: Readonly<Record<TokenKind, readonly string[]>> = {
  comment: ['comment'],
  string: ['string.quoted', 'string'],
  number: ['constant.numeric'],
  keyword: ['keyword.control', 'keyword', 'storage.type', 'storage'],
  function: ['entity.name.function', 'support.function'],
  type: ['entity.name.type', 'entity.name.class', 'support.class', 'support.type'],
  variable: ['variable.other', 'variable'],
  property: ['variable.other.property', 'support.type.property-name', 'variable'],
  constant: ['constant.language', 'constant'],
  tag: ['entity.name.tag'],
  attribute: ['entity.other.attribute-name'],
  regexp: ['string.regexp', 'string'],
  inserted: ['markup.inserted', 'string'],
  deleted: ['markup.deleted', 'invalid'],
};
const color = /^#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i;

/** @param rules in the order in which they override each other */
export function tokenColors(rules: readonly ThemeRule[]): TokenColors {
  const found: TokenColors = {};
  for (const [kind, scopes] of Object.entries(scopesOf) as [TokenKind, readonly string[]][]) {
    for (const scope of scopes) {
      const foreground = colorOf(rules, scope);
      if (foreground === undefined) continue;
      found[kind] = foreground;
      break;
    }
  }
  return found;
}

/** The most exact rule wins, and of equally exact ones the last. */
function colorOf(rules: readonly ThemeRule[], scope: string): string | undefined {
  let best: { length: number; foreground: string } | undefined;
  for (const { scope: ruled, settings } of rules) {
    const foreground = settings?.foreground;
    if (typeof foreground !== 'string' || !color.test(foreground)) continue;
    for (const selector of selectorsOf(ruled)) {
      const fits = scope === selector || scope.startsWith(`${selector}.`);
      if (fits && (!best || selector.length >= best.length)) best = { length: selector.length, foreground };
    }
  }
  return best?.foreground;
}

/** Selectors of one scope; those that depend on what stands around are left out. */
function selectorsOf(scope: string | string[] | undefined): string[] {
  const all = Array.isArray(scope) ? scope : (scope?.split(',') ?? []);
  return all
    .filter((selector) => typeof selector === 'string')
    .map((selector) => selector.trim())
    .filter((selector) => selector !== '' && !selector.includes(' '));
}
