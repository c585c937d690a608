/** A Markdown page that knows where its links and headings are, so that none is ever parsed from its text. */

import type { Place } from '../../protocol/messages';
import { escapeMarkdownBlock, escapeMarkdownLine, partedBlock, partedLine } from '../markdown';

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
  /** What is shown: its links are `links`, and nothing in it is one by itself. */
  text: string;
  /** What is saved: Markdown for any reader, with the addresses of its links at the end. */
  saved: string;
  links: PageLink[];
  headings: PageHeading[];
}

/** The address of a place for those who read the page elsewhere; undefined: it is named, not linked. */
export type AddressOf = (place: Place) => string | undefined;

/**
 * Writes a page piece by piece. Links are references (`[1]`). In the editor, which shows Markdown as it is written,
 * each is a link of the editor itself; in what is saved, their addresses stand at the end.
 */
export class PageBuilder {
  private readonly shown = new Lines();
  private readonly saved = new Lines();
  private readonly links: PageLink[] = [];
  private readonly headings: PageHeading[] = [];
  private readonly definitions = new Map<string, Place>();

  constructor(private readonly addressOf: AddressOf) {}

  /** Markdown of this extension's own making. */
  text(markdown: string): this {
    return this.write(markdown, markdown);
  }

  /** Text of the model or the workspace on a line of its own or within one. */
  line(text: string): this {
    return this.write(partedLine(text), escapeMarkdownLine(text));
  }

  /** Text of the model or the workspace that may have several lines. */
  block(text: string): this {
    return this.write(partedBlock(text), escapeMarkdownBlock(text));
  }

  /** A reference under this label; the same label always leads to the same place. */
  link(label: string, place: Place): this {
    const { line, column } = this.shown.end;
    this.definitions.set(label, place);
    this.text(`[${label}]`);
    this.links.push({ line, startColumn: column, endColumn: column + label.length + 2, place });
    return this;
  }

  /** Begins a heading, which goes on until the line ends. */
  heading(level: number, title: string): this {
    this.paragraph();
    this.headings.push({ title, line: this.shown.end.line, level });
    return this.text(`${'#'.repeat(level)} `);
  }

  /** Ends what stands before with an empty line; at the top of the page there is nothing to end. */
  paragraph(): this {
    this.shown.endParagraph();
    this.saved.endParagraph();
    return this;
  }

  build(): Page {
    const text = this.shown.text();
    const definitions = [...this.definitions].flatMap(([label, place]) => {
      const address = this.addressOf(place);
      return address === undefined ? [] : [`[${label}]: <${address}> ${quoted(placeName(place))}`];
    });
    if (definitions.length > 0) {
      this.saved.endParagraph();
      this.saved.write(definitions.join('\n'));
    }
    return { text, saved: this.saved.text(), links: this.links, headings: this.headings };
  }

  private write(shown: string, saved: string): this {
    this.shown.write(shown);
    this.saved.write(saved);
    return this;
  }
}

/** Text that grows at its end. */
class Lines {
  private readonly lines: string[] = [''];

  /** Where the next character will stand, from 0. */
  get end(): { line: number; column: number } {
    return { line: this.lines.length - 1, column: this.lines.at(-1)!.length };
  }

  write(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    const last = this.lines.pop() ?? '';
    this.lines.push(last + first, ...rest);
  }

  endParagraph(): void {
    const isEmpty = (at: number): boolean => (this.lines.at(at) ?? '') === '';
    if (this.lines.length === 1 && isEmpty(-1)) return;
    while (!(isEmpty(-1) && isEmpty(-2))) this.lines.push('');
  }

  text(): string {
    return `${this.lines.join('\n').trimEnd()}\n`;
  }
}

/** "src/app.ts:3-9" */
export function placeName({ path, startLine, endLine }: Place): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\s+/g, ' ')}"`;
}
