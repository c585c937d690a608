import { parse } from 'jsonc-parser';
import * as vscode from 'vscode';
import type { TokenColors } from './messages';
import { tokenColors, type ThemeRule } from './model/themeColors';

/** Themes include one another; a longer chain would be a circle. */
const includesMax = 8;

interface ContributedTheme {
  id?: string;
  label?: string;
  uiTheme?: string;
  path?: string;
}

interface ThemeFile {
  include?: string;
  tokenColors?: ThemeRule[] | string;
}

/**
 * Colours for code from the file of the theme that is in use. The editor hands a page its colours but for those of
 * code; where the file cannot be read, the page uses what comes nearest.
 */
export async function themeTokenColors(): Promise<TokenColors> {
  try {
    const name = themeName();
    const file = name === undefined ? undefined : themeUri(name);
    return file ? tokenColors(await rulesOf(file)) : {};
  } catch {
    return {};
  }
}

/** Of the themes that settings name, the first that is of the kind in use: the editor may follow the system. */
function themeName(): string | undefined {
  const configuration = vscode.workspace.getConfiguration();
  const { kind } = vscode.window.activeColorTheme;
  const names = [
    'colorTheme',
    'preferredLightColorTheme',
    'preferredDarkColorTheme',
    'preferredHighContrastColorTheme',
    'preferredHighContrastLightColorTheme',
  ].map((key) => configuration.get(`workbench.${key}`, ''));
  // The theme in use is set aside while the editor follows the system, so it comes last then.
  const follows = configuration.get<boolean>('window.autoDetectColorScheme', false);
  const ordered = follows ? [...names.slice(1), ...names.slice(0, 1)] : names;
  return ordered.find((name) =>
    contributed().some(({ theme }) => isNamed(theme, name) && isOfKind(theme, kind)),
  );
}

function isOfKind({ uiTheme }: ContributedTheme, kind: vscode.ColorThemeKind): boolean {
  switch (kind) {
    case vscode.ColorThemeKind.Light:
      return uiTheme === 'vs';
    case vscode.ColorThemeKind.Dark:
      return uiTheme === 'vs-dark';
    case vscode.ColorThemeKind.HighContrast:
      return uiTheme === 'hc-black';
    case vscode.ColorThemeKind.HighContrastLight:
      return uiTheme === 'hc-light';
  }
}

function themeUri(name: string): vscode.Uri | undefined {
  const found = contributed().find(({ theme }) => isNamed(theme, name));
  return found?.theme.path === undefined
    ? undefined
    : vscode.Uri.joinPath(found.extension.extensionUri, found.theme.path);
}

function contributed(): { extension: vscode.Extension<unknown>; theme: ContributedTheme }[] {
  return vscode.extensions.all.flatMap((extension) => {
    const { contributes } = extension.packageJSON as { contributes?: { themes?: ContributedTheme[] } };
    return (contributes?.themes ?? []).map((theme) => ({ extension, theme }));
  });
}

function isNamed({ id, label }: ContributedTheme, name: string): boolean {
  return id === name || label === name;
}

/** Rules of a theme's file after those that it includes. */
async function rulesOf(file: vscode.Uri, depth = 0): Promise<ThemeRule[]> {
  if (depth > includesMax || !file.path.endsWith('.json')) return [];
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const theme = parse(text, [], { allowTrailingComma: true }) as ThemeFile | undefined;
  const beside = (path: string): vscode.Uri => vscode.Uri.joinPath(file, '..', path);
  const included = theme?.include ? await rulesOf(beside(theme.include), depth + 1) : [];
  const own = theme?.tokenColors;
  if (typeof own === 'string') return [...included, ...(await rulesOf(beside(own), depth + 1))];
  return [...included, ...(Array.isArray(own) ? own : [])];
}
