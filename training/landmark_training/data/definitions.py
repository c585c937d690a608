"""Documented definitions of one source, for callers that read files of their own: the pairs of kind doc alone."""

from dataclasses import dataclass

from .facts import cut
from .reading import read_file

BODY_LINES = 3
PATHS = {"python": "source.py", "javascript": "source.js", "typescript": "source.ts"}


@dataclass(frozen=True)
class Definition:
    """question and name; startLine..endLine in the cut source, 0-based and included."""

    question: str
    name: str
    startLine: int
    endLine: int


def documented_definitions(source: str, language: str) -> tuple[list[str], list[Definition]]:
    """The lines without doc comments, and the definitions among them."""
    facts = read_file(PATHS[language], source)
    documented = [item for item in facts.candidates if item.kind == "doc"] if facts else []
    lines, moved = cut(facts.lines if facts else source.splitlines(), {piece for item in documented for piece in item.cuts})
    definitions = []
    for item in documented:
        inside = [moved[number] for number in range(item.startLine, item.endLine + 1) if number in moved]
        if len(inside) >= BODY_LINES:
            definitions.append(Definition(item.question, item.name, inside[0], inside[-1]))
    return lines, definitions
