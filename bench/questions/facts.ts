/**
 * Whether a text says a key fact. A fact is a name, a number or a word; alternatives are separated by `|`.
 *
 * | fact | where it counts |
 * |---|---|
 * | a name with an underscore or an inner capital | as it is spelled, whole: `addRule` is not in `addRules` |
 * | anything with a digit | whole, in any case: `16` is neither in `160` nor in `1.16` |
 * | a word of at most three letters | whole, in any case, a plural s left aside: `min` is not in `determine` |
 * | a longer word or several | where a word begins, in any case: `escape` is in `escaped` |
 */

const shortWord = 3;

export function holdsFact(text: string, fact: string): boolean {
  return fact.split('|').some((spelling) => patternOf(spelling).test(text));
}

function patternOf(spelling: string): RegExp {
  const literal = spelling.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const begins = /^[\p{L}\p{N}_$]/u.test(spelling);
  const ends = /[\p{L}\p{N}_$]$/u.test(spelling);
  const hasDigit = /\d/.test(spelling);
  const isName = /_|\p{Ll}\p{Lu}/u.test(spelling);
  if (isName || hasDigit) {
    const before = begins ? String.raw`(?<![\p{L}\p{N}_$])` + (hasDigit ? String.raw`(?<!\d[.,])` : '') : '';
    const after = ends ? String.raw`(?![\p{L}\p{N}_$])` + (hasDigit ? String.raw`(?![.,]\d)` : '') : '';
    return new RegExp(before + literal + after, isName ? 'u' : 'iu');
  }
  const before = begins ? String.raw`(?<![\p{L}\p{N}])` : '';
  const isShort = ends && spelling.length <= shortWord;
  return new RegExp(before + literal + (isShort ? String.raw`s?(?![\p{L}\p{N}_])` : ''), 'iu');
}
