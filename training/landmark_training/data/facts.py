"""What the readers of sources and documents hand to the builder."""

from dataclasses import dataclass, field

# A piece of a line that must go where a pair is chosen: (line, first column, column after the last), 0-based.
Piece = tuple[int, int, int]


@dataclass(frozen=True)
class Definition:
    """A function, method, type or macro. startLine..endLine: 0-based and included; container: its class or ""."""

    name: str
    startLine: int
    endLine: int
    container: str = ""


@dataclass(frozen=True)
class Candidate:
    """A pair before selection: lines are those of the uncut file, cuts is what its question was taken from.

    source: the file that cuts belongs to; "" for the pair's own.
    """

    kind: str
    question: str
    name: str
    startLine: int
    endLine: int
    cuts: tuple[Piece, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Mention:
    """A question that belongs to a definition somewhere in the package, if one of names is defined just once.

    fallback: the pair to use where none is; None to drop the mention. imported: the names that the file imports,
    None where its language needs no import to call what stands beside it. cuts: in the file of the mention.
    """

    kind: str
    question: str
    names: tuple[str, ...]
    imported: frozenset[str] | None = None
    fallback: Candidate | None = None
    cuts: tuple[Piece, ...] = ()


@dataclass
class FileFacts:
    """All that one file offers."""

    lines: list[str]
    definitions: list[Definition] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)


def lines_of(source: str) -> list[str]:
    lines = source.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def whole_lines(lines: list[str], first: int, last: int) -> tuple[Piece, ...]:
    return tuple((number, 0, len(lines[number])) for number in range(first, last + 1))


def cut(lines: list[str], pieces: set[Piece]) -> tuple[list[str], dict[int, int]]:
    """The lines without the pieces, a line that is left blank dropped, and where the kept ones now stand."""
    byLine: dict[int, list[Piece]] = {}
    for piece in pieces:
        byLine.setdefault(piece[0], []).append(piece)
    kept, moved = [], {}
    for number, line in enumerate(lines):
        for _, start, end in sorted(byLine.get(number, ()), reverse=True):
            line = line[:start] + line[end:]
        if number in byLine and not line.strip(" \t*/#\"'|>-"):
            continue
        moved[number] = len(kept)
        kept.append(line.rstrip() if number in byLine else line)
    return kept, moved
