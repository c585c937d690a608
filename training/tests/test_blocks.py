"""The rules that turn lines into blocks and blocks into windows."""

import json

from tiny import tiny_tokenizer

from landmark_training.blocks import (
    Piece, blocks_of, header_of, lines_of, pieces_of, prefix_of, question_ids, question_window, window_end, windows_of,
)
from landmark_training.oracle.cuts import FIXTURE, cuts, toy_tokenizer
from landmark_training.oracle.texts import awkward_files


def spans(lengths: list[int]) -> list[tuple[int, int, int]]:
    """(first line, last line, tokens) of the blocks of lines with so many tokens."""
    return [(block.startLine, block.endLine, len(block.ids)) for block in blocks_of([[1] * length for length in lengths])]


def test_lines_of():
    assert lines_of("a\r\nb\n") == ["a", "b"]
    assert lines_of("a\n\n") == ["a", ""]
    assert lines_of("a") == ["a"]
    assert lines_of("") == []


def test_blocks_break_on_line_ends():
    assert spans([30, 30, 30]) == [(0, 1, 60), (2, 2, 30)]
    assert spans([63, 1]) == [(0, 0, 63), (1, 1, 1)]
    assert spans([]) == []


def test_long_lines_are_cut_and_their_rest_goes_on():
    assert spans([10, 140, 10]) == [(0, 0, 10), (1, 1, 63), (1, 1, 63), (1, 2, 24)]
    assert spans([126]) == [(0, 0, 63), (0, 0, 63)]


def test_windows_have_prefix_header_and_at_most_512_tokens():
    tokenizer = tiny_tokenizer()
    text = "".join(f"value{number} = {number}\n" for number in range(120))
    prefix, header = prefix_of(tokenizer), header_of(tokenizer, "a/" * 30 + "file.py")
    assert len(header) == 1 + 40 + 1
    windows = windows_of(tokenizer, "a/" * 30 + "file.py", text)
    assert len(windows) > 1
    lines = [line for window in windows for block in window.blocks for line in range(block.startLine, block.endLine + 1)]
    assert lines == list(range(120))
    for window in windows:
        assert len(window.ids) <= 512
        assert window.ids[: len(prefix) + len(header)] == prefix + header
        assert window.segments[0][0] == len(prefix)  # the first block's segment has the header, not the prefix
        assert [end for _, end in window.segments[:-1]] == [start for start, _ in window.segments[1:]]
        assert window.segments[-1][1] == len(window.ids)


def test_long_questions_keep_the_end_of_the_turn():
    tokenizer = tiny_tokenizer()
    ids = question_ids(tokenizer, "why " * 500)
    assert len(ids) == 256
    assert ids[-2:] == [tokenizer.token_to_id("<|im_end|>"), ids[-1]] and tokenizer.decode(ids[-1:]) == "\n"
    assert question_window(ids).segments == [(3, 254)]


def end_of(lines: list[str], tokens: int, room: int) -> int:
    """Where the first window of these lines ends, each of so many tokens."""
    return window_end(pieces_of(lines, [[line] * tokens for line in range(len(lines))], room, 4), 0, room)


def test_windows_end_below_a_blank_line_of_the_least_indentation():
    lines = ["a", "", "b", " c", "", "d", "", " e", "f", "g", "h"]
    assert end_of(lines, 1, 10) == 5
    assert end_of(lines, 1, 8) == 5
    assert end_of(lines, 1, 4) == 2
    assert end_of(lines, 1, 11) == 11  # the rest of the file fits


def test_windows_avoid_closing_brackets_and_blank_lines():
    assert end_of(["a", "b", "c", " d", "}", "", ")", "}"], 1, 6) == 3
    assert end_of(["a", "b", "", "c", "", "}", "e"], 1, 6) == 3


def test_lines_longer_than_the_room_are_cut():
    pieces = pieces_of(["x", "y"], [[1] * 11, [2]], 10, 4)
    assert [(piece.line, len(piece.ids)) for piece in pieces] == [(0, 4), (0, 4), (0, 3), (1, 1)]
    assert [piece.strength for piece in pieces[1:3]] == [0, 0]
    assert window_end([Piece(0, [1] * 4, 0)] * 3, 0, 4) == 1


def test_awkward_files_are_cut_as_the_fixture_says():
    tokenizer = toy_tokenizer()
    assert [(file["name"], file["text"]) for file in json.loads(FIXTURE.read_text())] == awkward_files()
    for file in json.loads(FIXTURE.read_text()):
        assert file["windows"] == cuts(tokenizer, file["name"], file["text"]), file["name"]
