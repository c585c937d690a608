"""README and documentation pages (Markdown, reStructuredText, AsciiDoc): sections, and the symbols they name."""

import re
from dataclasses import dataclass

from .facts import Candidate, FileFacts, Mention, Piece, lines_of
from .sentences import EMPTY_PHRASE, NOT_PROSE, is_sentence, sentences, strip_markup

SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".rst": "rst", ".adoc": "asciidoc"}
SKIPPED_PAGE = re.compile(
    r"(^|/)(change(s|log)|history|news|releases?([-_]?notes)?|license|licence|copying|authors|contributors|security"
    r"|code[-_]of[-_]conduct|contributing|maintainers|owners|thanks|credits|sponsors|support|upgrading|backers)\b[^/]*$"
    r"|(^|/)\.|whats_?new|(^|/)(release|news|blog|posts)|/changelog", re.I)
SECTION_LINES = (2, 24)
MENTIONS_IN_PARAGRAPH = 2
HASH_HEADING = re.compile(r"(#{1,5}|={2,5})\s+(.{2,100}?)\s*#*$")
UNDERLINE = re.compile(r"([=\-~^\"'*+#`.])\1{2,}\s*$")
FENCE = re.compile(r"\s*(```|~~~|----\s*$|\.\. (code|sourcecode|highlight|doctest|prompt|testcode|ipython))")
NOT_TEXT = re.compile(r"\s*([-*+|>]\s|\d+[.)]\s|\.\.|:\w+|\||<|!\[|\[!|={3,}|-{3,}|\[\w+\]:|@|///|\+-)|\s{3,}|\t")
SYMBOL = re.compile(r"``?([A-Za-z_$][\w$.:#]*?)(?:\([^`]*\))?``?|:(?:py:|c:|cpp:|js:)?(?:func|class|meth|attr|ref|exc|obj|data|mod):`[~!]?([\w.]+)(?:\(\))?`")
NOISE = re.compile(r"(?i)\b(contribut|pull request|sponsor|donat|star us|chat room|slack|discord|mailing list|stack ?overflow|newsletter"
                   r"|read the docs|documentation (is|can|for|at)|the documentation|click here|getting started|installed? (via|with|using|from)"
                   r"|npm install|pip install|thank|github|this (page|section|document|guide|chapter|tutorial|readme)|in this \w+,? (we|you))")


@dataclass(frozen=True)
class Section:
    heading: str
    startLine: int
    endLine: int


def read_document(source: str, path: str) -> FileFacts:
    facts = FileFacts(lines_of(source))
    if SKIPPED_PAGE.search(path):
        return facts
    lines = facts.lines
    for section in _sections(lines):
        isFirst = True
        for first, last in _paragraphs(lines, section):
            text, offsets = _joined(lines, first, last)
            mentioned = 0
            for position, sentence in enumerate(_raw_sentences(text)):
                question = _question(sentence)
                if not question:
                    continue
                pieces = _pieces(offsets, text.find(sentence), len(sentence), lines)
                size = section.endLine - section.startLine
                own = None
                if isFirst and position == 0 and SECTION_LINES[0] <= size:
                    own = Candidate("section", question, section.heading, section.startLine,
                                    min(section.endLine, section.startLine + SECTION_LINES[1]), pieces)
                isFirst = False
                names = tuple(dict.fromkeys(filter(None, map(_symbol, SYMBOL.finditer(sentence)))))
                if names and mentioned < MENTIONS_IN_PARAGRAPH:
                    mentioned += 1
                    facts.mentions.append(Mention("section", question, names, None, own, pieces))
                elif own:
                    facts.candidates.append(own)
            isFirst = False
    return facts


def _sections(lines: list[str]) -> list[Section]:
    """Headings outside of fenced code, each with its lines up to the next heading of any level."""
    starts: list[tuple[int, str]] = []
    fenced = False
    for number, line in enumerate(lines):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        if fenced:
            continue
        match = HASH_HEADING.match(line)
        if match:
            starts.append((number, match.group(2)))
        elif number and UNDERLINE.match(line) and _is_title(lines[number - 1]) and len(line.strip()) >= len(lines[number - 1].strip()) - 2:
            starts.append((number - 1, lines[number - 1].strip()))
    ends = [start - 1 for start, _ in starts[1:]] + [len(lines) - 1]
    sections = []
    for (start, heading), end in zip(starts, ends):
        while end > start and not lines[end].strip():
            end -= 1
        sections.append(Section(strip_markup(heading).strip("# ="), start, end))
    return sections


def _is_title(line: str) -> bool:
    return bool(line.strip()) and len(line) < 90 and not line.startswith((" ", "\t", "|", "..", "-", "*", "+"))


def _paragraphs(lines: list[str], section: Section) -> list[tuple[int, int]]:
    """First and last lines of plain text paragraphs below a heading."""
    found, number, fenced = [], section.startLine + 1, False
    while number <= section.endLine:
        line = lines[number]
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        if fenced or not line.strip() or NOT_TEXT.match(line) or UNDERLINE.match(line) or FENCE.match(line):
            number += 1
            continue
        first = number
        while number < section.endLine and lines[number + 1].strip() and not FENCE.match(lines[number + 1]) \
                and not NOT_TEXT.match(lines[number + 1]):
            number += 1
        found.append((first, number))
        number += 1
    return found


def _joined(lines: list[str], first: int, last: int) -> tuple[str, list[tuple[int, int]]]:
    """The paragraph on one line, and where in it each of its lines begins."""
    text, offsets = "", []
    for number in range(first, last + 1):
        offsets.append((len(text), number))
        text += lines[number] + " "
    return text, offsets


def _raw_sentences(text: str) -> list[str]:
    return [sentence for sentence in sentences(text.strip()) if sentence]


def _pieces(offsets: list[tuple[int, int]], start: int, length: int, lines: list[str]) -> tuple[Piece, ...]:
    pieces = []
    for offset, number in offsets:
        low, high = max(start - offset, 0), min(start + length - offset, len(lines[number]))
        if low < high:
            pieces.append((number, low, high))
    return tuple(pieces)


def _question(sentence: str) -> str | None:
    text = strip_markup(sentence)
    text = re.sub(r"\s+", " ", re.sub(r"[`*_|]{1,3}(?=\W|$)|(?<=\W)[`*_|]{1,3}", "", text)).strip()
    if not text.endswith((".", "!", "?")) or NOISE.search(text) or not re.match(r"[A-Z]", text) or re.search(r"https?://|[{}<>\[\]|]|\bbelow\b|\babove\b", text):
        return None
    return text if is_sentence(text) and not NOT_PROSE.search(text) and not EMPTY_PHRASE.match(text) else None


def _symbol(match: re.Match) -> str:
    """The last part of a dotted name, Session.get_cookie() -> get_cookie; "" for a word that need not be a name."""
    last = re.split(r"[.:#]+", next(group for group in match.groups() if group).strip(".:#"))[-1]
    isName = "()" in match.group() or match.group().startswith(":") or re.search(r"_|[a-z][A-Z]|^[A-Z]\w{4,}$", last)
    return last if isName else ""
