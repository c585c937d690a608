import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json';
import german from '../../../package.nls.de.json';
import english from '../../../package.nls.json';
import { hostEnglish, pageEnglish } from '../../../src/ask/strings';
import { commands, views } from '../../../src/ids';
import { repositoryRoot } from '../../oracle/fixtures';
import { noteTexts } from '../../../protocol/notes';
import { translatedTexts } from './texts';

const { contributes } = manifest;
/** More settings than anyone reads. */
const settingsMax = 20;
const ids = contributes.commands.map(({ command }) => command);

describe('the manifest', () => {
  it('names every command once, with a title, and the code knows each', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const command of contributes.commands) expect(command.title).toBeTruthy();
    expect(ids).toEqual(expect.arrayContaining(Object.values(commands)));
    expect(
      Object.values(contributes.views)
        .flat()
        .map(({ id }) => id),
    ).toContain(views.index);
  });

  it('uses no command that it does not contribute', () => {
    const text = JSON.stringify(contributes) + JSON.stringify(english);
    const used = [...text.matchAll(/command:(landmark\.[\w.]+)/g)].map(([, id]) => id);
    const inMenus = Object.values(contributes.menus)
      .flat()
      .flatMap((entry) => ('command' in entry ? entry.command : []));
    const known = new Set(ids);
    expect([...used, ...inMenus].filter((id) => !known.has(id!))).toEqual([]);
  });

  it('has few settings, each with a scope and a text', () => {
    const { properties } = contributes.configuration;
    expect(Object.keys(properties).length).toBeLessThanOrEqual(settingsMax);
    for (const [name, setting] of Object.entries(properties)) {
      expect(setting, name).toMatchObject({
        scope: expect.any(String) as string,
        markdownDescription: expect.any(String) as string,
      });
    }
  });

  it('lets no workspace name a path or a device', () => {
    const { properties } = contributes.configuration;
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    const names = [
      'landmark.cacheFolder',
      'landmark.model.package',
      'landmark.provider',
      'landmark.model.threads',
      'landmark.teamStore.endpoint',
      'landmark.teamStore.bucket',
      'landmark.teamStore.prefix',
      'landmark.teamStore.region',
      'landmark.teamStore.access',
    ] as const;
    for (const name of names) {
      expect(properties[name].scope).toBe('machine');
      expect(restrictedConfigurations).toContain(name);
    }
  });

  it('shares nothing unless the user names a place', () => {
    const { properties } = contributes.configuration;
    expect(properties['landmark.teamStore.endpoint'].default).toBe('');
    expect(properties['landmark.teamStore.access'].default).toBe('read');
  });

  it('shows pictures that exist', () => {
    const pictures = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg));
    const missing = pictures.filter((path) => !existsSync(join(repositoryRoot, path)));
    expect(missing).toEqual([]);
  });
});

describe('translations', () => {
  it('of the manifest are complete, and none is left over', () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key!);
    expect([...new Set(used)].filter((key) => !(key in english))).toEqual([]);
    expect(Object.keys(english).filter((key) => !used.includes(key))).toEqual([]);
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it('of the code are complete, and none is left over', () => {
    const bundle = JSON.parse(
      readFileSync(join(repositoryRoot, 'l10n', 'bundle.l10n.de.json'), 'utf8'),
    ) as Record<string, string>;
    const texts = new Set([
      ...translatedTexts(),
      ...Object.values(pageEnglish),
      ...Object.values(hostEnglish),
      ...Object.values(noteTexts),
    ]);
    expect([...texts].filter((text) => !(text in bundle))).toEqual([]);
    expect(Object.keys(bundle).filter((text) => !texts.has(text))).toEqual([]);
  });

  it('keep the places of values and the links of commands', () => {
    const marks = (text: string): string[] =>
      [...text.matchAll(/\{\d\}|\(command:[\w.]+\)|\$\([\w-]+\)/g)].map(([mark]) => mark).sort();
    const bundle = JSON.parse(
      readFileSync(join(repositoryRoot, 'l10n', 'bundle.l10n.de.json'), 'utf8'),
    ) as Record<string, string>;
    for (const [text, translation] of Object.entries(bundle))
      expect(marks(translation), text).toEqual(marks(text));
    for (const [key, translation] of Object.entries(german)) {
      expect(marks(translation), key).toEqual(marks(english[key as keyof typeof english]));
    }
  });
});
