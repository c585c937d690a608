"""Lines to blocks, blocks to windows, a question to tokens: the rules that the product reproduces exactly.

1. CRLF becomes LF; the text is split at LF; a final LF opens no further line.
2. Each line is tokenized on its own as line + LF, the last line of a file too.
3. A window is prefix + header + text, at most WINDOW_TOKENS in total; what prefix and header leave is its room.
   The header is the file separator, the last HEADER_PATH_TOKENS tokens of the path, and LF.
4. A window takes lines while they fit its room; what is left of a file and fits is its last window.
   Any other window ends where it is at least half full: before the least indented of the lines that follow a blank
   line, of equals the last; without such a line before the least indented, of equals that of the greatest hash.
   A window ends before a blank line, a line that opens with a closing bracket, or inside a line only where there is
   nothing else. A line longer than the room is cut into pieces of BLOCK_TOKENS; a piece counts as a line.
5. Blocks are filled greedily with a window's lines up to BLOCK_TOKENS. A longer line is cut into pieces of
   BLOCK_TOKENS; its last piece may be followed by more lines.
6. A landmark stands after each block; its position is the number of window tokens before it.
7. A block's segment (whose keys are averaged) is its own tokens; the first block's also has the header.

Blocks depend on nothing but their window's tokens, so a window that an older rule 4 cut has the same id, blocks and
landmark keys. Spaces and tabs are what indents a line, and all that a blank line has.
"""

from dataclasses import dataclass

from tokenizers import Tokenizer

from .config import (BLOCK_TOKENS, FILE_SEPARATORS, HEADER_PATH_TOKENS, PREFIX_TEXT, QUESTION_HEAD, QUESTION_MARGINS, QUESTION_TAIL,
                     QUESTION_TOKENS, WINDOW_TOKENS)
from .tokenizer import as_plain_text

INDENTS = " \t"
INDENT_MAX = 4095  # deeper indentation counts as this
AFTER_BLANK_LINE = 2 * (INDENT_MAX + 1)
INSIDE_TEXT = INDENT_MAX + 1
HASHED_TOKENS = 16  # of a piece: enough to tell lines apart


@dataclass
class Block:
    """Lines startLine..endLine (0-based, both included) and their tokens; a cut line appears in several."""

    startLine: int
    endLine: int
    ids: list[int]


@dataclass
class Piece:
    """A line, or a piece of a line that no window could hold. strength: how good it is to end a window before it."""

    line: int
    ids: list[int]
    strength: int


@dataclass
class Window:
    """ids: all tokens. segments[b] = (start, end): the tokens whose keys are averaged for block b.

    The landmark of block b sees ids[:end] and has position end.
    """

    ids: list[int]
    segments: list[tuple[int, int]]
    blocks: list[Block]


def lines_of(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def encode_lines(tokenizer: Tokenizer, lines: list[str]) -> list[list[int]]:
    plain = [as_plain_text(tokenizer, line + "\n") if "<" in line else line + "\n" for line in lines]
    return [line.ids for line in tokenizer.encode_batch(plain, add_special_tokens=False)]


def blocks_of(lineTokens: list[list[int]], blockTokens: int = BLOCK_TOKENS) -> list[Block]:
    blocks: list[Block] = []
    current: list[int] = []
    startLine = 0
    for lineIndex, tokens in enumerate(lineTokens):
        if current and len(current) + len(tokens) > blockTokens:
            blocks.append(Block(startLine, lineIndex - 1, current))
            current = []
        if not current:
            startLine = lineIndex
        while len(tokens) > blockTokens:
            blocks.append(Block(lineIndex, lineIndex, tokens[:blockTokens]))
            tokens = tokens[blockTokens:]
        current = current + tokens
    if current:
        blocks.append(Block(startLine, len(lineTokens) - 1, current))
    return blocks


def strength_before(lines: list[str], line: int) -> int:
    text = lines[line].lstrip(INDENTS)
    if not text or text[0] in ")]}":
        return 0
    below_blank = line > 0 and not lines[line - 1].strip(INDENTS)
    return (AFTER_BLANK_LINE if below_blank else INSIDE_TEXT) - min(len(lines[line]) - len(text), INDENT_MAX)


def pieces_of(lines: list[str], lineTokens: list[list[int]], room: int, blockTokens: int) -> list[Piece]:
    pieces = []
    for line, ids in enumerate(lineTokens):
        size = len(ids) if len(ids) <= room else min(blockTokens, room)
        strength = strength_before(lines, line)
        pieces += [Piece(line, ids[at: at + size], strength if at == 0 else 0) for at in range(0, len(ids), size)]
    return pieces


def hash_of(ids: list[int]) -> int:
    """FNV-1a over the first tokens, 32 bits."""
    value = 0x811C9DC5
    for token in ids[:HASHED_TOKENS]:
        value = (value ^ token) * 0x01000193 & 0xFFFFFFFF
    return value


def window_end(pieces: list[Piece], start: int, room: int) -> int:
    """The piece before which the window that begins with `start` ends."""
    end, tokens = start, 0
    while end < len(pieces) and tokens + len(pieces[end].ids) <= room:
        tokens += len(pieces[end].ids)
        end += 1
    if end == len(pieces):
        return end
    ends = [end]
    for at in range(end - 1, start, -1):
        tokens -= len(pieces[at].ids)
        if 2 * tokens < room:
            break
        ends.append(at)
    strongest = max(pieces[at].strength for at in ends)
    equals = [at for at in ends if pieces[at].strength == strongest]
    # Equals below a blank line are rare enough; elsewhere the last would move with every edit above.
    return equals[0] if strongest > INSIDE_TEXT else max(equals, key=lambda at: hash_of(pieces[at].ids))


def prefix_of(tokenizer: Tokenizer) -> list[int]:
    return encode(tokenizer, PREFIX_TEXT)


def header_of(tokenizer: Tokenizer, path: str) -> list[int]:
    separator = next(token for token in FILE_SEPARATORS if tokenizer.token_to_id(token) is not None)
    return [tokenizer.token_to_id(separator)] + encode(tokenizer, as_plain_text(tokenizer, path))[-HEADER_PATH_TOKENS:] + encode(tokenizer, "\n")


def window_of(prefix: list[int], header: list[int], blocks: list[Block]) -> Window:
    """One window of the given blocks, however long."""
    ids = prefix + header
    segments = []
    start = len(prefix)
    for block in blocks:
        ids = ids + block.ids
        segments.append((start, len(ids)))
        start = len(ids)
    return Window(ids, segments, blocks)


def windows_of(tokenizer: Tokenizer, path: str, text: str, blockTokens: int = BLOCK_TOKENS) -> list[Window]:
    """All windows of a file, in order."""
    prefix, header = prefix_of(tokenizer), header_of(tokenizer, path)
    room = WINDOW_TOKENS - len(prefix) - len(header)
    lines = lines_of(text)
    pieces = pieces_of(lines, encode_lines(tokenizer, lines), room, blockTokens)
    windows: list[Window] = []
    start = 0
    while start < len(pieces):
        end = window_end(pieces, start, room)
        line_of = [piece.line for piece in pieces[start:end]]
        blocks = [Block(line_of[block.startLine], line_of[block.endLine], block.ids)
                  for block in blocks_of([piece.ids for piece in pieces[start:end]], blockTokens)]
        windows.append(window_of(prefix, header, blocks))
        start = end
    return windows


def question_ids(tokenizer: Tokenizer, question: str, limit: int = QUESTION_TOKENS) -> list[int]:
    """Tokens of a question; too long ones lose their end but keep the two tokens of the turn's end."""
    ids = encode(tokenizer, QUESTION_HEAD + as_plain_text(tokenizer, question) + QUESTION_TAIL)
    return ids if len(ids) <= limit else ids[: limit - 2] + ids[-2:]


def question_window(ids: list[int]) -> Window:
    """A question as a window of one block: its landmark sees all of it, its mean query spans the words."""
    start, end = QUESTION_MARGINS
    return Window(ids, [(start, len(ids) - end)], [])
