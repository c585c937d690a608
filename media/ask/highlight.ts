import hljs from 'highlight.js/lib/common';

/** Longer code is shown plain: colouring it would hold the page up. */
const coloredCharsMax = 20_000;

/** Languages of files by their ending, where the highlighter does not know the ending itself. */
const byExtension: Readonly<Record<string, string>> = {
  mts: 'typescript',
  cts: 'typescript',
  vue: 'xml',
  svelte: 'xml',
  ipynb: 'json',
  jsonc: 'json',
  pyi: 'python',
  hpp: 'cpp',
  hh: 'cpp',
  cfg: 'ini',
};

/** Code as HTML with `hljs-` classes; undefined where the language is not known. */
export function highlight(code: string, language: string): string | undefined {
  if (!hljs.getLanguage(language) || code.length > coloredCharsMax) return undefined;
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}

export function languageOf(path: string): string {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return byExtension[extension] ?? extension;
}

/** Code as HTML, line by line; what spans lines, such as a comment, is closed and opened anew at their ends. */
export function highlightedLines(code: string, language: string): string[] {
  const open: string[] = [];
  const html = highlight(code, language) ?? code.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return html.split('\n').map((line) => {
    const before = open.join('');
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g)) {
      if (tag === '</span>') open.pop();
      else open.push(tag);
    }
    return before + line + '</span>'.repeat(open.length);
  });
}
