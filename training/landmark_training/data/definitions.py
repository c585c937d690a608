"""Documented definitions of Python, JavaScript and TypeScript sources, with the doc comments cut out.

A definition gives a question (the first sentence of its doc comment) and gold lines (where it stands in
the source once every such comment is gone, so that no question's words remain verbatim beside the code).
"""

import ast
import re
from dataclasses import dataclass

QUESTION_CHARACTERS = (25, 240)
QUESTION_WORDS = 5
ASCII_LETTER_SHARE = 0.8
CLASS_LINES = 30  # of a class, only the first lines count as gold
BODY_LINES = 3
BRACE_SEARCH_LINES = 160

DOC_SECTION = re.compile(r"(@|:param|:return|:rtype|Args:|Parameters|Returns|>>>|\.\. |---|===|Examples?:?$|Usage|```)")
JS_DEFINITION = re.compile(
    r"^\s*(?:export\s+)?(?:default\s+)?(?:(?:public|private|protected|static|async|abstract|override|readonly|get|set)\s+)*"
    r"(?:function\s*\*?\s*(\w+)"
    r"|class\s+(\w+)"
    r"|(?:const|let|var)\s+(\w+)\s*(?::[^=]*)?="
    r"|(?:[A-Za-z_$][\w$]*\.)+(\w+)\s*=\s*(?:async\s*)?(?:function|\(|\w+\s*=>)"
    r"|\*?\s*#?(\w+)\s*(?:<[^()]*>)?\s*\([^;]*$"
    r"|(\w+)\s*[:=]\s*(?:async\s*)?(?:function|\())")
JS_KEYWORDS = {"if", "for", "while", "switch", "return", "catch", "else", "do", "try", "throw", "new", "await", "super"}
JS_QUOTED = re.compile(r"""//.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`""")


@dataclass(frozen=True)
class Definition:
    """question and name; startLine..endLine in the cut source, 0-based and included."""

    question: str
    name: str
    startLine: int
    endLine: int


@dataclass(frozen=True)
class _Found:
    """As Definition, in the uncut source (1-based lines), with the doc comment's lines."""

    question: str
    name: str
    start: int
    end: int
    docStart: int
    docEnd: int


def documented_definitions(source: str, language: str) -> tuple[list[str], list[Definition]]:
    """Return the lines without doc comments, and the definitions among them. language: python or javascript."""
    source = source.replace("\r\n", "\n")
    lines = source.split("\n")
    if lines[-1] == "":
        lines.pop()
    found = list(_python_definitions(source) if language == "python" else _javascript_definitions(lines))
    return _cut_comments(lines, found)


def _cut_comments(lines: list[str], found: list[_Found]) -> tuple[list[str], list[Definition]]:
    dropped = {number for item in found for number in range(item.docStart, item.docEnd + 1)}
    kept, newIndex = [], {}
    for number, line in enumerate(lines, 1):
        if number not in dropped:
            newIndex[number] = len(kept)
            kept.append(line)
    definitions = []
    for item in found:
        inside = [newIndex[number] for number in range(item.start, item.end + 1) if number in newIndex]
        if len(inside) >= BODY_LINES:
            definitions.append(Definition(item.question, item.name, inside[0], inside[-1]))
    return kept, definitions


def first_sentence(comment: str) -> str | None:
    """The sentence that becomes a question, or None where the comment has none that reads as one."""
    comment = re.sub(r"\{@\w+ ([^}]*)\}", r"\1", comment)
    comment = re.sub(r"``?([^`]+)``?", r"\1", comment)
    comment = re.sub(r":\w+:`~?([^`]+)`", r"\1", comment)
    paragraph: list[str] = []
    for line in comment.strip().splitlines():
        line = line.strip().lstrip("*").strip()
        if not line and paragraph or DOC_SECTION.match(line):
            break
        if line:
            paragraph.append(line)
    text = " ".join(paragraph)
    match = re.match(r"(.{20,240}?[.!?])(\s|$)", text)
    text = (match.group(1) if match else text).strip()
    letters = sum(c.isascii() and (c.isalpha() or c == " ") for c in text)
    low, high = QUESTION_CHARACTERS
    if not low <= len(text) <= high or len(text.split()) < QUESTION_WORDS or letters < ASCII_LETTER_SHARE * len(text):
        return None
    return text[0].upper() + text[1:]


def _python_definitions(source: str):
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        doc = node.body[0]
        if not (isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and isinstance(doc.value.value, str)):
            continue
        end = node.end_lineno
        if isinstance(node, ast.ClassDef):
            end = min(end, doc.end_lineno + CLASS_LINES)
        question = first_sentence(doc.value.value)
        if question and end - doc.end_lineno >= BODY_LINES:
            yield _Found(question, node.name, node.lineno, end, doc.lineno, doc.end_lineno)


def _javascript_definitions(lines: list[str]):
    index = 0
    while index < len(lines):
        if not lines[index].lstrip().startswith("/**"):
            index += 1
            continue
        last = index
        while last < len(lines) - 1 and "*/" not in lines[last]:
            last += 1
        comment = "\n".join(re.sub(r"^\s*/?\*+/?", "", line).replace("*/", "") for line in lines[index: last + 1])
        start = last + 1
        while start < len(lines) and lines[start].lstrip().startswith("@"):
            start += 1  # decorators
        item = _definition_after(lines, start, comment)
        if item:
            yield _Found(item[0], item[1], start + 1, item[2] + 1, index + 1, last + 1)
        index = last + 1


def _definition_after(lines: list[str], start: int, comment: str) -> tuple[str, str, int] | None:
    """(question, name, last line index) of the definition that opens at lines[start]."""
    match = JS_DEFINITION.match(lines[start]) if start < len(lines) else None
    name = next((group for group in match.groups() if group), None) if match else None
    if not name or name in JS_KEYWORDS:
        return None
    if name == "constructor":
        return None
    end = _closing_brace(lines, start)
    question = first_sentence(comment)
    if question is None or end is None or end - start < BODY_LINES:
        return None
    return question, name, end


def _closing_brace(lines: list[str], start: int) -> int | None:
    depth, opened = 0, False
    for index in range(start, min(len(lines), start + BRACE_SEARCH_LINES)):
        for character in JS_QUOTED.sub("", lines[index]):
            if character == "{":
                depth, opened = depth + 1, True
            elif character == "}":
                depth -= 1
        if opened and depth <= 0:
            return index
        if not opened and index - start > 6:
            return None
    return None
