"""JavaScript, TypeScript, Java, Go, Rust, C and C++ sources, read with tree-sitter."""

import re
from bisect import bisect_left, bisect_right

from tree_sitter import Node, QueryCursor

from .comments import body_comments
from .facts import Candidate, Definition, FileFacts, Mention, lines_of, whole_lines
from .grammars import GRAMMARS, Grammar
from .sentences import comment_text, fill_message, first_sentence, test_question

CLASS_LINES = 30
BODY_LINES = 3
ERROR_LINES_BEFORE = 3
DOC_LINES = 60
TEST_FILE = re.compile(
    r"(^|/)(tests?|__tests__|specs?|testing|unittests?|gtests?)/|src/test/|[._-](test|spec)\.[cm]?[jt]sx?$|_test\.(go|cc|cpp|c|rs)$"
    r"|(^|/)test[_s]\w*\.(c|cc|cpp|js|ts|rs)$|Tests?\.java$", re.I)
# What may stand between a doc comment and its definition as part of the same statement.
WRAPPERS = {"lexical_declaration", "variable_declaration", "export_statement", "expression_statement", "type_declaration",
            "template_declaration", "declaration", "type_definition", "linkage_specification"}
CLASSES = {"class_declaration", "abstract_class_declaration", "interface_declaration", "enum_declaration", "record_declaration",
           "class_specifier", "struct_specifier", "trait_item", "impl_item", "type_spec"}
LARGE = CLASSES | {"enum_specifier", "struct_item", "enum_item", "macro_definition"}
MARKER_LINE = re.compile(r"\s*(#\[|@[A-Za-z])")
LITERAL = re.compile(r'''(?:L|u8|R|f)?(?P<quote>["'`])(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)''', re.S)
LAST_JOINED = re.compile(r"""(["'])\s*\+\s*[\w.$()\[\]]{1,60}(?=\s*[),;]|$)""")
JOINED = re.compile(r'''["']\s*\+\s*[\w.$()\[\]]{1,60}\s*\+\s*["']''')
ADJACENT = re.compile(r'''["']\s*\+?\s*["']''')
GTEST = re.compile(r"\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST)\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)")
CATCH = re.compile(r'\s*(?:TEST_CASE|SCENARIO|SECTION)\s*\(\s*"([^"]+)"')
TEST_LINES = 120
IMPORTS = re.compile(r"^\s*(?:import|export)\b[^;'\"]*?from\b|^\s*import\b[^;\n]*|(?:const|let|var)\s*[\w{}\s,:$]+=\s*require", re.M)


def read_tree(source: str, path: str, grammarName: str) -> FileFacts:
    grammar = GRAMMARS[grammarName]
    facts = FileFacts(lines_of(source))
    text = "\n".join(facts.lines).encode()
    root = grammar.parser.parse(text).root_node
    captures = QueryCursor(grammar.factQuery).captures(root)
    nodes = [(node, _definition(node, facts.lines)) for node in captures.get("definition", ())]
    nodes = [(node, definition) for node, definition in nodes if definition]
    facts.definitions = [definition for _, definition in nodes]
    isTest = bool(TEST_FILE.search(path))
    runs = _comment_runs(captures.get("comment", ()), facts.lines)
    tests = _tests(captures, nodes, facts.lines, grammarName, isTest)
    if tests:
        _add_tests(facts, tests, root, grammar, source)
    if isTest:
        return facts
    spans = [(test.startLine, test.endLine) for _, test in tests]
    keep = [(node, item) for node, item in nodes if not any(first <= item.startLine <= last for first, last in spans)]
    documented = _documented(facts, keep, runs)
    inside = [run for run in runs if run not in documented and not any(first <= run[0] <= last for first, last in spans)]
    facts.candidates += body_comments(facts.lines, inside, facts.definitions)
    _errors(facts, captures.get("raise", ()), spans)
    _error_attributes(facts, captures.get("attribute", ()))
    return facts


def _last_row(node: Node) -> int:
    """The last row with text of the node: one that ends with its newline ends on the row before."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def _name(node: Node) -> str:
    named = node.child_by_field_name("name") or node.child_by_field_name("key")
    if named is None and node.type == "assignment_expression":
        named = node.child_by_field_name("left").child_by_field_name("property")
    if named is None:
        named = node.child_by_field_name("declarator")
        while named is not None and named.type not in ("identifier", "field_identifier", "type_identifier", "destructor_name", "operator_name"):
            named = named.child_by_field_name("declarator") or named.child_by_field_name("name") or _inner_declarator(named)
    text = named.text.decode(errors="replace") if named is not None else ""
    return text.split("::")[-1].strip() if len(text) < 100 else ""


def _inner_declarator(node: Node) -> Node | None:
    return next((child for child in node.named_children if child.type.endswith(("declarator", "identifier"))), None)


def _container(node: Node) -> str:
    parent = node.parent
    while parent is not None:
        if parent.type in CLASSES or parent.type == "class":
            named = parent.child_by_field_name("name") or parent.child_by_field_name("type")
            return named.text.decode(errors="replace") if named is not None else ""
        parent = parent.parent
    if node.type == "method_declaration" and node.child_by_field_name("receiver") is not None:
        words = re.findall(r"\w+", node.child_by_field_name("receiver").text.decode(errors="replace"))
        return words[1] if len(words) > 1 else ""
    return ""


def _definition(node: Node, lines: list[str]) -> Definition | None:
    name = _name(node)
    if not re.fullmatch(r"[~#\w$]{2,}|operator\W+", name) or name in ("constructor", "if", "for", "while", "switch"):
        return None
    outer = node
    while outer.parent is not None and outer.parent.type in WRAPPERS and outer.parent.start_point[0] >= node.start_point[0] - 4:
        outer = outer.parent
    first, last = outer.start_point[0], _last_row(outer)
    if node.type in LARGE:
        last = min(last, first + CLASS_LINES)
    return Definition(name, first, min(last, len(lines) - 1), _container(node))


def _comment_runs(comments: list[Node], lines: list[str]) -> list[tuple[int, int]]:
    """First and last line of the comments that stand on lines of their own, line comments of one column joined."""
    runs: list[tuple[int, int]] = []
    column = -1
    for node in sorted(comments, key=lambda item: item.start_byte):
        first, last = node.start_point[0], _last_row(node)
        stripped = lines[first].lstrip()
        if not stripped.startswith(("//", "/*")) or "*/" in lines[last] and not lines[last].rstrip().endswith("*/"):
            continue
        indent = len(lines[first]) - len(stripped)
        isLine = stripped.startswith("//")
        if isLine and runs and runs[-1][1] == first - 1 and column == indent:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
        column = indent if isLine else -1
    return runs


def _documented(facts: FileFacts, nodes: list, runs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Adds the doc pairs; returns the comments that document something, whether or not they make a pair."""
    byEnd = {last: (first, last) for first, last in runs}
    used: set[tuple[int, int]] = set()
    for _, definition in nodes:
        above = definition.startLine - 1
        while above >= 0 and MARKER_LINE.match(facts.lines[above]):
            above -= 1
        if above > 0 and not facts.lines[above].strip() and "*/" in facts.lines[above - 1]:
            above -= 1  # a blank line between a block comment and its definition
        run = byEnd.get(above)
        if run is None or run in used or run[1] - run[0] > DOC_LINES or facts.lines[run[0]].lstrip().startswith("//!"):
            continue
        used.add(run)
        raw = "\n".join(facts.lines[run[0]: run[1] + 1])
        question = first_sentence(comment_text(raw), definition.name)
        if question and definition.endLine - definition.startLine + 1 >= BODY_LINES:
            facts.candidates.append(Candidate("doc", question, definition.name, definition.startLine, definition.endLine,
                                              whole_lines(facts.lines, *run)))
    return used


def _owner(definitions: list[Definition], line: int) -> Definition | None:
    inside = [item for item in definitions if item.startLine <= line <= item.endLine]
    return max(inside, key=lambda item: item.startLine, default=None)


def message_in(text: str) -> str | None:
    """The first string literal of a statement, with what is joined to it: + and ${} as placeholders."""
    text = LAST_JOINED.sub(r"{x}\1", ADJACENT.sub("", JOINED.sub("{x}", text)))
    for match in LITERAL.finditer(text):
        if len(match.group("text")) >= 12:
            return match.group("text")
    return None


def _errors(facts: FileFacts, raised: list[Node], testSpans: list[tuple[int, int]]) -> None:
    seen = set()
    for node in sorted(raised, key=lambda item: item.start_byte):
        first, last = node.start_point[0], _last_row(node)
        if last - first > 12 or first in seen or any(low <= first <= high for low, high in testSpans):
            continue
        statement = node.text.decode(errors="replace")
        message = message_in(statement) if not statement.startswith("fprintf") or "stderr" in statement else None
        text = fill_message(message) if message else None
        owner = _owner(facts.definitions, first) if text else None
        if owner is None or owner.name.startswith(("usage", "print_usage", "help")):
            continue
        seen.add(first)
        facts.candidates.append(Candidate("error", text, owner.name, max(owner.startLine, first - ERROR_LINES_BEFORE), last))


def _error_attributes(facts: FileFacts, attributes: list[Node]) -> None:
    """#[error("...")] above the variant of an error type."""
    for node in attributes:
        raw = node.text.decode(errors="replace")
        message = message_in(raw) if re.match(r"#\[(error|fail|snafu)\b", raw) else None
        text = fill_message(message) if message else None
        if text:
            owner = _owner(facts.definitions, node.start_point[0])
            last = min(_last_row(node) + 1, len(facts.lines) - 1)
            facts.candidates.append(Candidate("error", text, owner.name if owner else "", max(0, node.start_point[0] - 1), last))


def _tests(captures: dict, nodes: list, lines: list[str], grammarName: str, isTest: bool) -> list[tuple[str, Definition]]:
    """(question, where the test stands); the definition's container is what groups it."""
    found: list[tuple[str, Definition]] = []
    if grammarName in ("javascript", "typescript", "tsx"):
        suites = [(node, _literal_argument(node)) for node in captures.get("suite", ())]
        for node in captures.get("test", ()) if isTest else ():
            around = [text for suite, text in suites if suite.start_byte <= node.start_byte and node.end_byte <= suite.end_byte]
            context = " ".join(text for text in around[-2:] if text)
            found.append((_literal_argument(node), Definition("", node.start_point[0], _last_row(node), context)))
    elif grammarName == "cpp" and isTest:
        found += _macro_tests(lines)
    for node, definition in nodes if grammarName in ("go", "rust", "java", "c", "cpp") else ():
        if node.type not in ("function_declaration", "function_item", "method_declaration", "function_definition"):
            continue
        above = "".join(lines[max(0, definition.startLine - 3): definition.startLine + 1])
        marked = (grammarName == "go" and isTest and re.match(r"Test[A-Z_]", definition.name)
                  or grammarName == "rust" and re.search(r"#\[(\w+::)*test\b", "\n".join(_markers(lines, definition.startLine)))
                  or grammarName == "java" and isTest and ("@Test" in above or definition.name.startswith("test"))
                  or grammarName in ("c", "cpp") and isTest and re.match(r"test_?\w{3,}", definition.name))
        if marked:
            found.append((definition.name, definition))
    return found


def _markers(lines: list[str], start: int) -> list[str]:
    """The attribute lines right above a line."""
    above = start - 1
    while above >= 0 and re.match(r"\s*#\[", lines[above]):
        above -= 1
    return lines[above + 1: start]


def _literal_argument(node: Node) -> str:
    arguments = node.child_by_field_name("arguments")
    return arguments.named_children[0].text.decode(errors="replace")[1:-1] if arguments.named_children else ""


def _macro_tests(lines: list[str]) -> list[tuple[str, Definition]]:
    found = []
    for number, line in enumerate(lines):
        match = GTEST.match(line) or CATCH.match(line)
        if not match:
            continue
        indent = len(line) - len(line.lstrip())
        end = next((index for index in range(number + 1, min(len(lines), number + TEST_LINES))
                    if lines[index].startswith(" " * indent + "}")), None)
        if end is not None:
            name = match.group(match.lastindex)
            found.append((name, Definition("", number, end, match.group(1) if match.lastindex == 2 else "")))
    return found


def _add_tests(facts: FileFacts, tests: list, root: Node, grammar: Grammar, source: str) -> None:
    calls = sorted((node.start_point[0], node.text.decode(errors="replace"))
                   for node in QueryCursor(grammar.callQuery).captures(root).get("call", ()))
    rows = [row for row, _ in calls]
    imported = None
    if grammar.needsImport:
        imported = frozenset(word for match in IMPORTS.finditer(source) for word in re.findall(r"[\w$]+", match.group()))
    for name, test in tests:
        question = test_question(name, test.container)
        if not question or test.endLine - test.startLine < BODY_LINES - 1:
            continue
        called = calls[bisect_left(rows, test.startLine): bisect_right(rows, test.endLine)]
        own = Candidate("test", question, test.name, test.startLine, test.endLine)
        facts.mentions.append(Mention("test", question, tuple(dict.fromkeys(call for _, call in called)), imported, own))
