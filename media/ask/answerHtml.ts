/** An answer's marked Markdown as HTML. Pure: no document, no state. */

import createMarkdown, { type MarkdownIt, type Token } from 'markdown-it';
import { mark } from '../../src/ask/model/annotate';

/** Colours code as HTML; undefined where the language is not known. */
export type Highlight = (code: string, language: string) => string | undefined;

const marks = new RegExp(`[${mark.unsupportedStart}-${mark.unsupportedBlock}]`, 'g');
const pieces = new RegExp(
  `(${mark.citationStart}\\d+${mark.citationEnd}| ?${mark.unsupportedEnd}|[${mark.unsupportedStart}${mark.unsupportedBlock}])`,
);
/** The same with the space that `annotated` puts before a mark. */
const marked = new RegExp(`\u00a0?${pieces.source}`, 'g');
const numbers = new RegExp(`${mark.citationStart}\\d+${mark.citationEnd}`, 'g');
/** Headings of an answer stand below those of the page and the question. */
const headingShift = 2;

/**
 * Links, images and HTML of the source stay the text that they are: neither a model nor a workspace can make the
 * page do or load anything.
 */
export function answerHtml(source: string, highlight: Highlight): string {
  return renderer(highlight).render(source);
}

function renderer(highlight: Highlight): MarkdownIt {
  const markdown = createMarkdown({ html: false, linkify: false, typographer: false });
  markdown.disable(['link', 'image', 'autolink', 'html_inline', 'html_block', 'reference', 'entity']);
  markdown.core.ruler.push('marks', ({ tokens }) => {
    spreadMarks(tokens);
  });
  for (const [type, toContent] of [
    ['heading_open', 1],
    ['heading_close', -1],
  ] as const) {
    markdown.renderer.rules[type] = (tokens, at, options, _env, self) => {
      const token = tokens[at]!;
      // Signs of a heading without words would be one that a screen reader stops at and says nothing of.
      const level = Math.min(Number(token.tag.slice(1)) + headingShift, 6);
      token.tag = isMarksAlone(tokens[at + toContent]!) ? 'p' : `h${level}`;
      return self.renderToken(tokens, at, options);
    };
  }
  const code = (tokens: Token[], at: number): string => {
    const { content, info } = tokens[at]!;
    const language = /^[\w+#-]*/.exec(info.trim())![0].toLowerCase();
    const text = content.replace(marked, '');
    const colored = highlight(text, language) ?? markdown.utils.escapeHtml(text);
    const inside = [...new Set(content.match(numbers))].map(citation);
    const after = inside.length > 0 ? `<p class="block-marks">${inside.join('')}</p>\n` : '';
    return `<div class="code"><pre><code>${colored}</code></pre></div>\n${after}`;
  };
  markdown.renderer.rules.fence = code;
  markdown.renderer.rules.code_block = code;
  return markdown;
}

function isMarksAlone({ content }: Token): boolean {
  return content.replace(marked, '').trim() === '';
}

/** Turns marks into elements. A sentence may span emphasis, so each run of its text is wrapped on its own. */
function spreadMarks(tokens: readonly Token[]): void {
  let unsupported = false;
  for (const [at, token] of tokens.entries()) {
    if (!token.children) continue;
    // Numbers that stand for a block before them, such as code.
    if (isMarksAlone(token)) tokens[at - 1]?.attrJoin('class', 'block-marks');
    const inline: Token[] = [];
    const add = (child: Token): void => {
      if (unsupported && isWords(child)) {
        inline.push(html(child, '<span class="unsupported">'), child, html(child, '</span>'));
      } else inline.push(child);
    };
    for (const child of token.children) {
      if (child.type === 'text') {
        for (const piece of child.content.split(pieces)) {
          if (piece === mark.unsupportedStart) unsupported = true;
          else if (piece.endsWith(mark.unsupportedEnd)) {
            unsupported = false;
            inline.push(html(child, '<span class="unsupported-end"></span>'));
          } else if (piece === mark.unsupportedBlock) {
            inline.push(html(child, '<span class="unsupported-block"></span>'));
          } else if (piece.startsWith(mark.citationStart)) inline.push(html(child, citation(piece)));
          else if (piece !== '') add(copyOf(child, piece.replace(marks, '')));
        }
      } else {
        const kept = child.content;
        child.content = kept.replace(marked, '');
        add(child);
        // A sentence that ended inside of code still has its numbers, after it.
        for (const number of kept.match(numbers) ?? []) inline.push(html(child, citation(number)));
      }
    }
    token.children = inline;
  }
}

function isWords({ type, content }: Token): boolean {
  return (type === 'text' && content !== '') || type === 'code_inline';
}

function citation(piece: string): string {
  return `<span class="cite" data-n="${Number(piece.slice(1, -1))}"></span>`;
}

function copyOf(token: Token, content: string): Token {
  return Object.assign(Object.create(Object.getPrototypeOf(token) as object) as Token, token, { content });
}

function html(like: Token, content: string): Token {
  return Object.assign(copyOf(like, content), { type: 'html_inline' });
}
