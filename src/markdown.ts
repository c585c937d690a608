import type { AnswerResult, BlockHit } from '../protocol/messages';

/** Turns a place of the workspace into a link target; undefined for what lies outside. */
export type LinkTo = (place: Pick<BlockHit, 'path' | 'startLine' | 'endLine'>) => string | undefined;

const unsupportedMark = '(?)';

/**
 * Text of the model or the workspace as Markdown that means nothing but itself. A link in it could run a
 * command of the editor on a click, so brackets, tags and addresses are escaped wherever they stand: what a
 * parser takes for code is not known while the text streams.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\[\]<]/g, '\\$&')
    .replace(/\b(https?|file|command|vscode[\w-]*):/gi, '$1\\:')
    .replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** An answer as the document that is opened for it; its only links lead to the lines it cites. */
export function answerMarkdown(question: string, result: AnswerResult, linkTo: LinkTo): string {
  const title = heading(question);
  const sentences = result.sentences.map(({ text, citations }) => {
    const numbers = citations.map((n) => {
      const citation = result.citations.find((candidate) => candidate.n === n);
      return citation ? link(`${n}`, citation, linkTo) : `\\[${n}\\]`;
    });
    const marks = numbers.length > 0 ? numbers.join('') : result.abstained ? '' : unsupportedMark;
    return `${escapeMarkdown(text.trim())}${marks === '' ? '' : ` ${marks}`}`;
  });
  const body = sentences.length > 0 ? sentences.join('\n') : escapeMarkdown(result.answer);
  const hasUnsupported =
    !result.abstained && result.sentences.some(({ citations }) => citations.length === 0);
  const places = result.abstained ? result.nearest : [];
  return [
    title,
    body,
    result.citations
      .map((citation) => `${citation.n}. ${link(label(citation), citation, linkTo)}`)
      .join('\n'),
    places.length > 0 ? 'The nearest places to look:' : '',
    places.map((hit) => `- ${link(label(hit), hit, linkTo)}`).join('\n'),
    hasUnsupported ? `${unsupportedMark} Nothing that was read supports this sentence.` : '',
    ...result.notes.map(escapeMarkdown),
  ]
    .filter((part) => part.trim() !== '')
    .join('\n\n')
    .concat('\n');
}

/** What stands in the document while the answer is generated. */
export function draftMarkdown(question: string, text: string): string {
  return `${heading(question)}\n\n${escapeMarkdown(text)}\n`;
}

function heading(question: string): string {
  return `# ${escapeMarkdown(question.replace(/\s+/g, ' ').trim())}`;
}

function label({ path, startLine, endLine }: Pick<BlockHit, 'path' | 'startLine' | 'endLine'>): string {
  return `${path}:${startLine}-${endLine}`;
}

function link(text: string, place: Parameters<LinkTo>[0], linkTo: LinkTo): string {
  const target = linkTo(place);
  const escaped = escapeMarkdown(text).replace(/\s/g, ' ');
  return target === undefined ? escaped : `[${escaped}](<${target}>)`;
}
