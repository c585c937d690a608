import { describe, expect, it } from 'vitest';
import { canImport, FileTree } from '../../server/text/imports';

type Folder = Record<string, string>;

/** What a file of a folder imports, as `line target`. */
function importsIn(folder: Folder, path: string): string[] {
  const files = Object.entries(folder).map(([name, text]) => ({ path: name, lines: text.split('\n') }));
  const file = files.find((one) => one.path === path)!;
  return new FileTree(files).importsOf(file).map(({ line, target }) => `${line} ${target}`);
}

describe('imports of a file', () => {
  it('are found in JavaScript and TypeScript, with and without endings', () => {
    const folder = {
      'src/a.ts': [
        "import { b } from './b';",
        "import type { C } from '../lib/c.js';",
        'const d = require("./deep");',
        "const e = await import('./view.vue');",
        "import fs from 'node:fs';",
        "export * from './b';",
        "import '@team/shared/things';",
        "import './missing';",
      ].join('\n'),
      ...{ 'src/b.tsx': '', 'lib/c.ts': '', 'src/deep/index.js': '', 'src/view.vue': '' },
      'packages/shared/package.json': '{\n  "name": "@team/shared"\n}',
      'packages/shared/src/index.ts': '',
      'package.json': '{ "name": "whole" }',
    };
    expect(importsIn(folder, 'src/a.ts')).toEqual([
      '1 src/b.tsx',
      '2 lib/c.ts',
      '3 src/deep/index.js',
      '4 src/view.vue',
      '7 packages/shared/src/index.ts',
    ]);
  });

  it('are found in Python, of modules, of names that are modules, and relative ones', () => {
    const folder = {
      'src/pack/app.py': [
        'from . import ctx, unknown',
        'from .globals import (',
        '    g,',
        ')',
        'from ..other.tool import run',
        'import pack.cli as cli, os',
        'from pack.json import tag  # and more',
        'from pack import helpers',
      ].join('\n'),
      ...{
        'src/pack/__init__.py': '',
        'src/pack/ctx.py': '',
        'src/pack/globals.py': '',
        'src/pack/cli.py': '',
      },
      ...{ 'src/pack/json/__init__.py': '', 'src/pack/json/tag.py': '', 'src/pack/helpers.pyi': '' },
      'src/other/tool.py': '',
    };
    expect(importsIn(folder, 'src/pack/app.py')).toEqual([
      '1 src/pack/ctx.py',
      '2 src/pack/globals.py',
      '5 src/other/tool.py',
      '6 src/pack/cli.py',
      '7 src/pack/json/tag.py',
      '8 src/pack/helpers.pyi',
    ]);
  });

  it('are found in Go by the module they belong to', () => {
    const folder = {
      'go.mod': 'module example.org/net\n',
      'main.go': [
        'package main',
        'import "example.org/net/one"',
        'import (',
        '\t"fmt"',
        '\tother "example.org/net/two/deep"',
        '\t"example.org/network"',
        ')',
        'var text = "example.org/net/three"',
      ].join('\n'),
      ...{ 'one/one_test.go': '', 'one/one.go': '', 'two/deep/a.go': '', 'three/c.go': '' },
    };
    expect(importsIn(folder, 'main.go')).toEqual(['2 one/one.go', '5 two/deep/a.go']);
  });

  it('are found in Rust, of the crate, of modules around and of other crates', () => {
    const folder = {
      'core/Cargo.toml': '[package]\nname = "my-core"',
      'core/src/lib.rs': '',
      'app/src/main.rs': '',
      'app/src/edit.rs': '',
      'app/src/error/mod.rs': '',
      'app/src/tty/unix.rs': [
        'use crate::{edit::{Change, State}, error};',
        'pub(crate) use super::windows::Term;',
        'use my_core::Thing;',
        'use std::io;',
        'use crate::main;',
      ].join('\n'),
      'app/src/tty/windows.rs': '',
    };
    expect(importsIn(folder, 'app/src/tty/unix.rs')).toEqual([
      '1 app/src/edit.rs',
      '1 app/src/error/mod.rs',
      '2 app/src/tty/windows.rs',
      '3 core/src/lib.rs',
      '5 app/src/main.rs',
    ]);
  });

  it('are found in C and Java, where one file alone is meant', () => {
    const folder = {
      'src/a.c': '#include "a.h"\n#  include <proj/b.h>\n#include "twice.h"\n#include <stdio.h>',
      ...{ 'src/a.h': '', 'include/proj/b.h': '', 'x/twice.h': '', 'y/twice.h': '' },
      'java/org/A.java': 'import org.deep.B;\nimport static org.C.of;\nimport java.util.List;',
      ...{ 'java/org/deep/B.java': '', 'java/org/C.kt': '' },
    };
    expect(importsIn(folder, 'src/a.c')).toEqual(['1 src/a.h', '2 include/proj/b.h']);
    expect(importsIn(folder, 'java/org/A.java')).toEqual(['1 java/org/deep/B.java', '2 java/org/C.kt']);
  });

  it('never lead out of the workspace or to the file itself, nor from a line that a tool wrote', () => {
    const folder = {
      'a.ts': `import '../../a';\nimport './a';\n${' '.repeat(500)}import './b';`,
      ...{ 'b.ts': '', 'notes.md': "import './b'" },
    };
    expect(importsIn(folder, 'a.ts')).toEqual([]);
    expect(importsIn(folder, 'notes.md')).toEqual([]);
    expect([
      canImport('a.ts'),
      canImport('deep/A.JAVA'),
      canImport('notes.md'),
      canImport('Makefile'),
    ]).toEqual([...[true, true, false, false]]);
  });
});
