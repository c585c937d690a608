/** The addresses of pages. Pure. */

export const pageScheme = 'landmark';

/**
 * One name of one subject is one page: what is asked again replaces what was shown. The path, which a tab shows and a
 * file is saved by, can hold only some characters of the name; the query holds all of them.
 *
 * @param subject tells pages of one name apart
 */
export function pageAddress(name: string, subject: string): { scheme: string; path: string; query: string } {
  const file = name.replaceAll('/', '\u2215').replace(/[\\:*?"<>|]+/g, '-');
  return { scheme: pageScheme, path: `/${file}.md`, query: JSON.stringify([name, subject]) };
}
