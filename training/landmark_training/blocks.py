"""Lines to blocks, blocks to windows, a question to tokens: the rules that the product reproduces exactly.

1. CRLF becomes LF; the text is split at LF; a final LF opens no further line.
2. Each line is tokenized on its own as line + LF, the last line of a file too.
3. Blocks are filled greedily with whole lines up to BLOCK_TOKENS. A longer line is cut into pieces of
   BLOCK_TOKENS; its last piece may be followed by more lines.
4. A window is prefix + header + blocks, at most WINDOW_TOKENS in total. The header is the file separator,
   the last HEADER_PATH_TOKENS tokens of the path, and LF.
5. A landmark stands after each block; its position is the number of window tokens before it.
6. A block's segment (whose keys are averaged) is its own tokens; the first block's also has the header.
"""

from dataclasses import dataclass

from tokenizers import Tokenizer

from .config import (BLOCK_TOKENS, FILE_SEPARATORS, HEADER_PATH_TOKENS, PREFIX_TEXT, QUESTION_HEAD, QUESTION_MARGINS, QUESTION_TAIL,
                     QUESTION_TOKENS, WINDOW_TOKENS)
from .tokenizer import as_plain_text


@dataclass
class Block:
    """Lines startLine..endLine (0-based, both included) and their tokens; a cut line appears in several."""

    startLine: int
    endLine: int
    ids: list[int]


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
    windows: list[Window] = []
    pending: list[Block] = []
    for block in blocks_of(encode_lines(tokenizer, lines_of(text)), blockTokens):
        if sum(len(other.ids) for other in pending) + len(block.ids) > room:
            windows.append(window_of(prefix, header, pending))
            pending = []
        pending.append(block)
    if pending:
        windows.append(window_of(prefix, header, pending))
    return windows


def question_ids(tokenizer: Tokenizer, question: str, limit: int = QUESTION_TOKENS) -> list[int]:
    """Tokens of a question; too long ones lose their end but keep the two tokens of the turn's end."""
    ids = encode(tokenizer, QUESTION_HEAD + as_plain_text(tokenizer, question) + QUESTION_TAIL)
    return ids if len(ids) <= limit else ids[: limit - 2] + ids[-2:]


def question_window(ids: list[int]) -> Window:
    """A question as a window of one block: its landmark sees all of it, its mean query spans the words."""
    start, end = QUESTION_MARGINS
    return Window(ids, [(start, len(ids) - end)], [])
