import type { ScopeChoice } from '../../src/ask/model/state';
import { fill } from '../../src/ask/model/text';
import type { PageStrings } from '../../src/ask/strings';

export function scopeName(choice: ScopeChoice, strings: PageStrings): string {
  switch (choice.kind) {
    case 'workspace':
      return strings.scopeWorkspace;
    case 'folder':
      return fill(strings.scopeFolder, choice.path.replace(/\/$/, ''));
    case 'openEditors':
      return strings.scopeOpenEditors;
    case 'currentFile':
      return strings.scopeCurrentFile;
  }
}
