/**
 * Text of the model or the workspace as Markdown that can mark text, but neither link, embed nor run anything. What a
 * parser takes for code is not known while the text streams, so it is made harmless wherever it stands: links need
 * `](`, `][` or `]:`, and the only short references are this extension's own numbers.
 */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\\/g, '\\\\')
      .replace(/\[(?=\s*[a-z]?\d+\s*\])/gi, '\\[')
      .replace(/\](?=[([:])/g, '\\]')
      // Tags, comments and addresses in angle brackets.
      .replace(/<(?=[a-z/!?])/gi, '\\<')
      // Addresses that stand alone are links in the editor itself, in its preview and in its hovers.
      .replace(schemes, '$1\\:')
      .replace(/\bwww\./gi, 'www\\.')
      .replace(/(\w)@(?=\w)/g, '$1\\@')
      .replace(unseen, '\ufffd')
  );
}

/** What an address begins with. */
const schemes = /\b(https?|ftp|file|command|data|javascript|mailto|vscode[\w-]*):/gi;

/** Control characters, and those that reorder what the reader sees. */
const unseen = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** The same for several lines: no heading, rule or fence of the text's own changes the page around it. */
export function escapeMarkdownBlock(text: string): string {
  const escaped = escapeMarkdown(text.replaceAll('\r\n', '\n'))
    .replace(/^(\s*)(#{1,6})(?=\s|$)/gm, '$1\\$2')
    .replace(/^(\s*)(=+|-{2,})(?=\s*$)/gm, '$1\\$2');
  return closesFences(withoutUnderscores(escaped));
}

/** Names such as `__init__` are no emphasis; those in code are left, since there a backslash would be seen. */
function withoutUnderscores(text: string): string {
  return text
    .split(/(`+[^`]*`+)/)
    .map((part, at) => (at % 2 === 1 ? part : escapeUnderscores(part)))
    .join('');
}

/** Between two letters an underscore marks nothing. */
function escapeUnderscores(text: string): string {
  return text.replace(/(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)/g, escapeEach);
}

function escapeEach(marks: string): string {
  return marks.replace(/_/g, '\\_');
}

/** A fence that is still open would swallow everything that follows it. */
function closesFences(text: string): string {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark === undefined) continue;
    if (open === undefined) open = mark;
    else if (mark[0] === open[0] && mark.length >= open.length && line.trim() === mark) open = undefined;
  }
  return open === undefined ? text : `${text}\n${open}`;
}

/** A single line, such as a title or a path. */
export function escapeMarkdownLine(text: string): string {
  const escaped = escapeMarkdown(text.replace(/\s+/g, ' ').trim()).replace(/[*`#]/g, '\\$&');
  return escapeUnderscores(escaped);
}

/**
 * Text of the model or the workspace where Markdown is shown as it is written: no reader of links finds one in it. What
 * would make a link is parted by a space, as a backslash would be seen; only headings and rules keep theirs.
 */
export function partedBlock(text: string): string {
  const shown = parted(text.replaceAll('\r\n', '\n'))
    .replace(/^(\s*)(#{1,6})(?=\s|$)/gm, '$1\\$2')
    .replace(/^(\s*)(=+|-{2,})(?=\s*$)/gm, '$1\\$2');
  return closesFences(shown);
}

/** The same for a single line. */
export function partedLine(text: string): string {
  return parted(text.replace(/\s+/g, ' ').trim());
}

function parted(text: string): string {
  return (
    text
      .replace(/\](?=[([:])/g, '] ')
      // A tag without attributes, such as a type's parameter, leads nowhere.
      .replace(/<(?=[a-z/!?])(?![\w\s,.?/<[\]]*>)/gi, '< ')
      .replace(schemes, '$1 :')
      .replace(/\bwww\./gi, 'www .')
      .replace(/(\w)@(?=\w)/g, '$1 @')
      .replace(unseen, '\ufffd')
  );
}

/** For hovers and tooltips with theme icons: `$(name)` of a text stays text, in code as well. */
export function withoutIcons(markdown: string): string {
  return markdown.replace(/\$(?=\\?\()/g, '$ ');
}
