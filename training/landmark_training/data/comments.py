"""Comments inside bodies, and the lines they speak of: the same rule for every language."""

from .facts import Candidate, Definition, whole_lines
from .sentences import body_comment, comment_text

SPOKEN_LINES = (3, 12)
COMMENT_LINES = 8  # a longer comment speaks of more than what follows it


def body_comments(lines: list[str], runs: list[tuple[int, int]], definitions: list[Definition]) -> list[Candidate]:
    """runs: first and last line of comments that stand on lines of their own."""
    if not runs:
        return []
    starts = {first for first, _ in runs}
    owners = _innermost(definitions, len(lines))
    found = []
    for first, last in runs:
        owner = owners[first]
        if owner is None or owner.startLine >= first or last - first >= COMMENT_LINES:
            continue
        end = _spoken_end(lines, last, min(owner.endLine, len(lines) - 1), starts)
        if end - last < SPOKEN_LINES[0]:
            continue
        text = body_comment(comment_text("\n".join(lines[first: last + 1])))
        if text:
            found.append(Candidate("comment", text, owner.name, last + 1, end, whole_lines(lines, first, last)))
    return found


def _innermost(definitions: list[Definition], count: int) -> list[Definition | None]:
    """For every line the definition whose body it belongs to."""
    owners: list[Definition | None] = [None] * count
    for definition in sorted(definitions, key=lambda item: (item.startLine, -item.endLine)):
        last = min(definition.endLine, count - 1)
        owners[definition.startLine: last + 1] = [definition] * (last + 1 - definition.startLine)
    return owners


def _spoken_end(lines: list[str], comment: int, bodyEnd: int, comments: set[int]) -> int:
    """The last line that the comment which ends at line `comment` speaks of."""
    indent = _indent(lines[comment])
    end = comment
    while end < min(bodyEnd, comment + SPOKEN_LINES[1]):
        line = lines[end + 1]
        if not line.strip() or end + 1 in comments or _indent(line) < indent:
            break
        end += 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
