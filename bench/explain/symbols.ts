/** Which symbol of given lines is explained, and what its parameters are called. By spelling alone: no parser is asked. */

/** A name where it stands. Lines and columns count from 1. */
export interface PickedSymbol {
  line: number;
  column: number;
  name: string;
  /** Empty where it is no function, or its line does not define it. */
  parameters: string[];
}

/** Parameters that stand on more lines than these are read no further. */
const parameterLines = 16;
/** A shorter name, such as `i` or Rust's `Ok`, is nothing that one looks up. */
const nameCharsMin = 3;

const modifiers =
  '(?:(?:export|default|pub(?:\\([a-z]+\\))?|public|private|protected|static|async|abstract|readonly|unsafe|get|set)\\s+)*';
const name = '(?<name>[\\p{L}_$][\\p{L}\\p{N}_$]*)';
/** A function by its keyword; Go's may have a receiver before the name. */
const definedFunction = new RegExp(
  `^\\s*${modifiers}(?:def|fn|func|function)\\b\\s*\\*?\\s*(?:\\([^)]*\\)\\s*)?${name}`,
  'du',
);
/** A method of JavaScript and its like: no keyword, and a body that opens on the same line. */
const definedMethod = new RegExp(
  `^\\s*${modifiers}\\*?\\s*${name}\\s*(?:<[^>]*>)?\\s*\\(.*\\)[^()=]*\\{\\s*$`,
  'du',
);
/** Whatever else has a keyword before its name. */
const definedOther = new RegExp(
  `^\\s*${modifiers}(?:class|const|enum|interface|let|mod|static|struct|trait|type|union|var)\\s+(?:mut\\s+)?${name}`,
  'du',
);
const comment = /^\s*(?:\/\/|\/\*|\*(?:[\s/*]|$)|#|@)/;
const quotes = /"""|'''/g;
const literal = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+'|`[^`]*`/g;

/** Words of the languages that the questions are about, and names such as `err`: nobody looks them up. */
const keywords = new Set(
  (
    'abstract and any args assert async await bool boolean break case catch chan char class cls const continue ' +
    'crate def default defer del delete dyn elif else enum err error except export extends fallthrough false ' +
    'final finally fn for from func function global goto has if impl implements import instanceof int ' +
    'interface isinstance lambda len let loop map match mod module move mut namespace new nil None nonlocal not ' +
    'null number operator override package pass priv private protected pub public raise range readonly ref return ' +
    'select self Self static str string struct super switch this throw trait True False true try type typeof ' +
    'undefined union unsafe use using usize var virtual void where while with yield'
  ).split(' '),
);

/**
 * The first symbol of some lines of a file: of the first line that is neither empty nor a comment and that has one, the
 * name that it defines, or else the first name that is no keyword and stands in no string.
 *
 * @param startLine 1-based, as `endLine`, which is the last one
 */
export function firstSymbol(
  lines: readonly string[],
  { startLine, endLine }: { startLine: number; endLine: number },
): PickedSymbol | undefined {
  let isInText = false;
  for (let line = startLine; line <= Math.min(endLine, lines.length); line++) {
    const text = lines[line - 1]!;
    const wasInText = isInText;
    const quoteCount = text.match(quotes)?.length ?? 0;
    if (quoteCount % 2 === 1) isInText = !isInText;
    // A documentation text, its first and last lines too.
    if (wasInText || /^\s*(?:"""|''')/.test(text)) continue;
    if (text.trim() === '' || comment.test(text)) continue;
    const found = definedBy(lines, line) ?? namedBy(text, line);
    if (found) return found;
  }
  return undefined;
}

function definedBy(lines: readonly string[], line: number): PickedSymbol | undefined {
  const text = lines[line - 1]!;
  for (const pattern of [definedFunction, definedMethod, definedOther]) {
    const match = pattern.exec(text);
    const [start, end] = match?.indices?.groups?.['name'] ?? [0, 0];
    const found = text.slice(start, end);
    // A statement such as `if (…) {` is spelled like a method; after a keyword of definitions any name is one.
    if (found === '' || (pattern === definedMethod && keywords.has(found))) continue;
    const rest = [text.slice(end), ...lines.slice(line, line + parameterLines)].join('\n');
    const parameters = pattern === definedOther ? [] : parametersOf(rest);
    return { line, column: start + 1, name: found, parameters };
  }
  return undefined;
}

function namedBy(text: string, line: number): PickedSymbol | undefined {
  const spoken = text
    .replace(literal, (quoted) => ' '.repeat(quoted.length))
    .replace(/\/\/.*$|\s#\s.*$/, (rest) => ' '.repeat(rest.length));
  for (const match of spoken.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
    const [found] = match;
    if (found.length < nameCharsMin || keywords.has(found)) continue;
    return { line, column: match.index + 1, name: found, parameters: [] };
  }
  return undefined;
}

/**
 * The names in the first parentheses of what follows a function's name, type parameters left aside.
 *
 * @returns none where what follows is no parameter list, or one that does not end
 */
export function parametersOf(afterName: string): string[] {
  const opened = /^\s*(?:<[^()]*>|\[[^()]*\])?\s*\(/.exec(afterName);
  if (!opened) return [];
  const names = splitList(afterName.slice(opened[0].length))?.flatMap((part) => parameterName(part) ?? []);
  return [...new Set(names)];
}

/** What stands between commas up to the closing parenthesis; undefined where there is none. */
function splitList(text: string): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === ')' && depth === 0) return [...parts, text.slice(start, at)];
    if ('([{<'.includes(char)) depth++;
    // The arrow of a function's type closes nothing.
    else if (')]}'.includes(char) || (char === '>' && !/[=-]/.test(text.charAt(at - 1)))) depth--;
    if (char !== ',' || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return undefined;
}

/** Undefined for a receiver and for what is taken apart, which has no name of its own. */
function parameterName(part: string): string | undefined {
  const words = part
    .replace(/^[\s*&.]+/, '')
    .replace(/^(?:'\w+\s+)?(?:(?:mut|public|private|protected|readonly)\s+)*/, '');
  const found = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(words)?.[0];
  return found === undefined || ['self', 'cls', 'this', '_'].includes(found) ? undefined : found;
}
