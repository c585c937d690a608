"""Writes test/oracle/fixtures/cuts.json: how the rules of blocks.py cut files that are hard to cut.

    python -m landmark_training.oracle.cuts

It needs no base: the tokenizer is the toy package's. TypeScript (test/unit/windows.test.ts) and Python
(training/tests/test_blocks.py) are both held to it.
"""

from __future__ import annotations

import json

from tokenizers import Tokenizer

from ..blocks import header_of, prefix_of, windows_of
from ..config import MODELS
from .texts import REPOSITORY, awkward_files

FIXTURE = REPOSITORY / "test/oracle/fixtures/cuts.json"


def toy_tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(MODELS / "toy-landmark" / "tokenizer.json"))


def cuts(tokenizer: Tokenizer, name: str, text: str) -> list[dict]:
    """tokenCount and blocks ([first line, last line, token count], lines from 1) of each window."""
    opening = len(prefix_of(tokenizer)) + len(header_of(tokenizer, name))
    return [
        {
            "tokenCount": len(window.ids) - opening,
            "blocks": [[block.startLine + 1, block.endLine + 1, len(block.ids)] for block in window.blocks],
        }
        for window in windows_of(tokenizer, name, text)
    ]


def main() -> None:
    tokenizer = toy_tokenizer()
    files = [{"name": name, "text": text, "windows": cuts(tokenizer, name, text)} for name, text in awkward_files()]
    FIXTURE.write_text("[\n" + ",\n".join(json.dumps(file, ensure_ascii=False) for file in files) + "\n]\n")


if __name__ == "__main__":
    main()
