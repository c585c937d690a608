import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCode } from '../../../protocol/errors';
import { failureText, isErrorCode } from '../../../src/failureText';
import { commands } from '../../../src/ids';
import { repositoryRoot } from '../../oracle/fixtures';
import { plain } from './plain';

const german = JSON.parse(
  readFileSync(join(repositoryRoot, 'l10n', 'bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>;
const known: readonly string[] = [
  ...Object.values(commands),
  'workbench.action.openSettings',
  'workbench.action.files.openFolder',
];

describe('a failure in the editor', () => {
  it.each(Object.values(errorCode))('%s is told without the command line, with steps that exist', (code) => {
    const { text, steps } = failureText(code, plain);
    expect(text).not.toMatch(/`|--\w|landmark (model|index)|\.landmarkignore/);
    // What is wrong, and what to do about it.
    expect(text).toMatch(/[.:] .+\.$/);
    for (const { title, command } of steps) {
      expect(known).toContain(command);
      expect(german[title]).toBeDefined();
    }
    expect(german[text]).toBeDefined();
    expect(german[text]).not.toBe(text);
  });

  it('is another for each code', () => {
    const texts = Object.values(errorCode).map((code) => failureText(code, plain).text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('has a code of the protocol, or keeps its own message', () => {
    expect(Object.values(errorCode).every(isErrorCode)).toBe(true);
    expect([undefined, '', 'toString', 'unheardOf'].some(isErrorCode)).toBe(false);
  });
});
