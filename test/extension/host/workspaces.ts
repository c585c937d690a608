import type { WorkspaceFiles } from './profile';

/** As small as a workspace can be that a question is about. */
export const greetWorkspace: WorkspaceFiles = {
  name: 'greetings',
  files: {
    'greet.py': ['def greet(name):', '    """Say hello."""', '    return "hello " + name', ''].join('\n'),
    'README.md': '# Greetings\n\nSays hello to whoever is named.\n',
  },
};
