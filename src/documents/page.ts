/** A Markdown page that knows where its links and headings are, so that none is ever parsed from its text. */

import type { Place } from '../../protocol/messages';

export interface PageLink {
  line: number;
  startColumn: number;
  endColumn: number;
  place: Place;
}

export interface PageHeading {
  title: string;
  line: number;
  level: number;
}

/** Lines and columns count from 0. */
export interface Page {
  text: string;
  links: PageLink[];
  headings: PageHeading[];
}

/** The address of a place for those who read the page elsewhere; undefined: it is named, not linked. */
export type AddressOf = (place: Place) => string | undefined;

export const emptyPage: Page = { text: '', links: [], headings: [] };

/**
 * Writes a page piece by piece. Links are references (`[1]`), whose addresses stand at the end of the page: the text
 * stays readable where Markdown is not rendered, and each reference is a link of the editor itself.
 */
export class PageBuilder {
  private readonly lines: string[] = [''];
  private readonly links: PageLink[] = [];
  private readonly headings: PageHeading[] = [];
  private readonly definitions = new Map<string, Place>();

  constructor(private readonly addressOf: AddressOf) {}

  /** Text that is Markdown already, of this extension's own making or escaped. */
  text(markdown: string): this {
    const [first = '', ...rest] = markdown.split('\n');
    const last = this.lines.pop() ?? '';
    this.lines.push(last + first, ...rest);
    return this;
  }

  /** A reference under this label; the same label always leads to the same place. */
  link(label: string, place: Place): this {
    const line = this.lines.length - 1;
    const startColumn = this.lines[line]!.length;
    this.definitions.set(label, place);
    this.text(`[${label}]`);
    this.links.push({ line, startColumn, endColumn: startColumn + label.length + 2, place });
    return this;
  }

  heading(level: number, markdown: string, title = markdown): this {
    this.paragraph();
    this.headings.push({ title, line: this.lines.length - 1, level });
    return this.text(`${'#'.repeat(level)} ${markdown}`);
  }

  /** Ends what stands before with an empty line; at the top of the page there is nothing to end. */
  paragraph(): this {
    const isEmpty = (at: number): boolean => (this.lines.at(at) ?? '') === '';
    if (this.lines.length === 1 && isEmpty(-1)) return this;
    while (!(isEmpty(-1) && isEmpty(-2))) this.lines.push('');
    return this;
  }

  build(): Page {
    const definitions = [...this.definitions].flatMap(([label, place]) => {
      const address = this.addressOf(place);
      return address === undefined ? [] : [`[${label}]: <${address}> ${quoted(placeName(place))}`];
    });
    if (definitions.length > 0) this.paragraph().text(definitions.join('\n'));
    const text = `${this.lines.join('\n').trimEnd()}\n`;
    return { text, links: this.links, headings: this.headings };
  }
}

/** "src/app.ts:3-9" */
export function placeName({ path, startLine, endLine }: Place): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\s+/g, ' ')}"`;
}
