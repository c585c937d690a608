"""Python sources, read with the standard library's own parser."""

import ast
import re

from .comments import body_comments
from .facts import Candidate, Definition, FileFacts, Mention, lines_of, whole_lines
from .sentences import fill_message, first_sentence, test_question

CLASS_LINES = 30  # of a class, only the first lines count as gold
BODY_LINES = 3
ERROR_LINES_BEFORE = 3
TEST_FILE = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test)\.py$")
IMPORT = re.compile(r"^[ \t]*(?:from\s+[\w.]+\s+)?import\s+(?:\([^)]*\)|[^\n]*)", re.M)
CALL = re.compile(r"(\w+)\(")
TRIPLE = r'{0}(?:\\.|[^\\])*?{0}'
SINGLE = r"{0}(?:\\.|[^{0}\\\n])*{0}"
TOKEN = re.compile("|".join(("#[^\n]*", TRIPLE.format('"""'), TRIPLE.format("'''"), SINGLE.format('"'), SINGLE.format("'"))), re.S)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def read_python(source: str, path: str) -> FileFacts | None:
    """None where the source is not Python of today."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    facts = FileFacts(lines_of(source))
    nodes = list(_with_container(tree))
    isTest = bool(TEST_FILE.search(path))
    imported = _imported_names(source) if isTest else frozenset()
    for node, container in nodes:
        last = min(node.end_lineno, len(facts.lines))
        if isinstance(node, ast.ClassDef):
            last = min(last, node.lineno + CLASS_LINES)
        definition = Definition(node.name, node.lineno - 1, last - 1, container)
        facts.definitions.append(definition)
        if isTest and isinstance(node, FUNCTIONS) and node.name.startswith("test"):
            _test(facts, node, definition, imported)
        elif not isTest:
            _documented(facts, node, definition)
            if isinstance(node, FUNCTIONS):
                _errors(facts, node, definition)
    if not isTest:
        facts.candidates += body_comments(facts.lines, _comment_lines("\n".join(facts.lines), facts.lines), facts.definitions)
    return facts


def _with_container(tree: ast.Module):
    """Every function and class with the name of the class around it."""
    pending = [(tree, "")]
    while pending:
        node, container = pending.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
                yield child, container
                pending.append((child, child.name if isinstance(child, ast.ClassDef) else ""))
            elif isinstance(child, (ast.If, ast.Try, ast.With)):
                pending.append((child, container))


def _docstring(node) -> ast.Expr | None:
    first = node.body[0]
    isText = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return first if isText and first.lineno > node.lineno else None


def _documented(facts: FileFacts, node, definition: Definition) -> None:
    doc = _docstring(node)
    if doc is None or facts.lines[doc.lineno - 1][: doc.col_offset].strip():
        return
    last = definition.endLine
    if isinstance(node, ast.ClassDef):
        last = min(node.end_lineno - 1, doc.end_lineno - 1 + CLASS_LINES)
    question = first_sentence(doc.value.value, node.name)
    kept = last - definition.startLine + 1 - (doc.end_lineno - doc.lineno + 1)
    if question and kept >= BODY_LINES and last > doc.end_lineno - 1:
        facts.candidates.append(Candidate("doc", question, node.name, definition.startLine, last,
                                          whole_lines(facts.lines, doc.lineno - 1, doc.end_lineno - 1)))


def _message_of(node) -> str | None:
    """A string literal with its placeholders, from a literal, an f-string, %, format() or +."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{" + _hint(part.value) + "}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _message_of(node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _message_of(node.left), _message_of(node.right)
        return None if left is None and right is None else (left or "{" + _hint(node.left) + "}") + (right or "{" + _hint(node.right) + "}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _message_of(node.func.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "gettext", "gettext_lazy") and node.args:
        return _message_of(node.args[0])
    return None


def _hint(node) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return "type" if isinstance(node.func, ast.Name) and node.func.id == "type" else "x"
    return "x"


def _errors(facts: FileFacts, function, definition: Definition) -> None:
    pending = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.expr)):
            continue  # functions inside have their own turn
        pending += ast.iter_child_nodes(node)
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        message = next(filter(None, map(_message_of, node.exc.args)), None)
        text = fill_message(message) if message else None
        if text:
            first = max(definition.startLine, node.lineno - 1 - ERROR_LINES_BEFORE)
            facts.candidates.append(Candidate("error", text, definition.name, first, node.end_lineno - 1))


def _imported_names(source: str) -> frozenset[str]:
    """Every word of the import statements; a pattern, as a walk over large test files takes most of the time."""
    return frozenset(word for match in IMPORT.finditer(source) for word in re.findall(r"\w+", match.group()))


def _test(facts: FileFacts, node, definition: Definition, imported: frozenset[str]) -> None:
    doc = _docstring(node)
    described = first_sentence(doc.value.value) if doc else None
    question = described or test_question(node.name, definition.container)
    if not question or definition.endLine - definition.startLine < BODY_LINES - 1:
        return
    cuts = whole_lines(facts.lines, doc.lineno - 1, doc.end_lineno - 1) if described else ()
    own = Candidate("test", question, node.name, definition.startLine, definition.endLine, cuts)
    body = "\n".join(facts.lines[definition.startLine + 1: definition.endLine + 1])
    called = tuple(dict.fromkeys(CALL.findall(body)))
    facts.mentions.append(Mention("test", question, called, imported, own, cuts))


def _comment_lines(source: str, lines: list[str]) -> list[tuple[int, int]]:
    """Runs of lines that hold nothing but a comment; a # inside a string is none."""
    runs: list[tuple[int, int]] = []
    number, at, column = 0, 0, -1
    for match in TOKEN.finditer(source):
        if source[match.start()] != "#":
            continue
        number += source.count("\n", at, match.start())
        at = match.start()
        indent = len(lines[number]) - len(lines[number].lstrip())
        if not lines[number].lstrip().startswith("#"):
            continue
        if runs and runs[-1][1] == number - 1 and column == indent:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
        column = indent
    return runs
