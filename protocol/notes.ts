/**
 * What the server says beside an answer, in English. A client that speaks another language finds the text again by its
 * form, and says it with the same values; what it does not find it shows as it is.
 */

/** `{0}`, `{1}` stand for values. */
export const noteTexts = {
  nothingInWorkspace: 'The workspace does not seem to contain an answer to this.',
  nothingInScope: 'The chosen files do not seem to contain an answer to this.',
  doubtful: 'There may be no answer to this here: it was read from the nearest places.',
  ungrounded: 'Most of this cites nothing or names things that stand in none of the places that were read.',
  questionCut: 'The question had {0} characters; the first {1} were read.',
  leftOut: 'Not read, since the workspace holds no text of it: {0}.',
  unknownInWorkspace: 'The workspace holds nothing called {0}.',
  unknownInScope: 'The chosen files hold nothing called {0}.',
  repeating: 'The answer was cut because it began to repeat itself.',
  cutAtLimit: 'The answer was cut at its limit of {0} tokens.',
  beginningsOfFiles: 'Of each file only the beginning was read; summarize a file to have all of it read.',
  nearestToTop: '{0} of {1} files are told, those nearest to the top; summarize a folder below for others.',
  beginningsOfChanges: 'Of {0} files only the beginning of the difference was read.',
  firstChanges: 'The first {0} of {1} changed files are told; compare a folder for the others.',
} as const;

export type NoteText = (typeof noteTexts)[keyof typeof noteTexts];

export function note(text: NoteText, ...values: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)]));
}

/** A list of which the first ones are told, and how many more there are. */
export function firstOf(names: readonly string[], toldMax: number): string {
  const more = names.length - toldMax;
  return `${names.slice(0, toldMax).join(', ')}${more > 0 ? ` (+${more})` : ''}`;
}

/** The form of a text, and its values; undefined for what is no note. */
export function noteOf(said: string): { text: NoteText; values: string[] } | undefined {
  for (const { text, form } of forms) {
    const found = form.exec(said);
    if (found) return { text, values: found.slice(1) };
  }
  return undefined;
}

/** Values stand in a text in the order of their numbers. */
const forms = Object.values(noteTexts).map((text) => {
  const parts = text.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { text, form: new RegExp(`^${parts.join('(.+?)')}$`, 's') };
});
