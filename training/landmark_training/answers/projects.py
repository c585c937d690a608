"""The packages that questions were written about, as workspaces, and the questions with their lines.

questions.jsonl holds an object a line. Answered: project, question, answer, and gold, one to three of {path, start, end} (1-based,
both included). Not answered by its project: project, question, and absent, a regular expression that matches nothing in it.
Questions and answers were written by reading the packages, which have the role `train`; see training/README.md, "Answers".
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np

from ..blocks import Window, windows_of
from ..bm25 import BM25
from ..data.archives import members
from ..data.fetch import fetch_packages, read_package_table
from ..fusion_features import DOCUMENT_PATH, is_aside

QUESTIONS = Path(__file__).with_name("questions.jsonl")
README = re.compile(r"(^|/)readme[^/]*$", re.I)
# What a developer would not ask about.
COPIED = re.compile(r"(^|/)(vendor|third_party|node_modules|dist|build|lib/cjs|umd|esm)/|\.min\.")


@dataclass(frozen=True)
class Question:
    """gold: (path, first line, last line), 0-based, both included; empty where the project does not answer. answer: likewise."""

    project: str
    text: str
    answer: str
    gold: tuple[tuple[str, int, int], ...]


def read_questions(path: Path = QUESTIONS) -> list[Question]:
    return [Question(item["project"], item["question"], item.get("answer", ""),
                     tuple((span["path"], span["start"] - 1, span["end"] - 1) for span in item.get("gold", ())))
            for item in map(json.loads, path.read_text(encoding="utf-8").splitlines())]


def files_of(archive: Path) -> dict[str, str]:
    """What was read for the questions: source without tests and copies, and the first README."""
    found = {name: content.decode("utf-8", "replace") for name, content in members(archive) if ".." not in name.split("/")}
    source = {name: text for name, text in found.items()
              if not is_aside(name) and not DOCUMENT_PATH.search(name.lower()) and not COPIED.search(name)}
    first = next((name for name in found if README.search(name)), None)
    return source | ({first: found[first]} if first else {})


@dataclass
class Workspace:
    """Windows of all files in file and line order. windowOf, blockOf, fileOf [N]: of each block, its window, its place in it, its file."""

    paths: list[str]  # [windows]
    windows: list[Window]
    windowOf: np.ndarray
    blockOf: np.ndarray
    words: BM25

    def gold_blocks(self, question: Question) -> np.ndarray:
        """Numbers of the blocks that hold a gold line, ascending."""
        held = [block for block in range(len(self.windowOf)) if any(
            path == self.paths[self.windowOf[block]] and self._block(block).startLine <= last and self._block(block).endLine >= first
            for path, first, last in question.gold)]
        return np.array(held, dtype=np.int64)

    def _block(self, block: int):
        return self.windows[self.windowOf[block]].blocks[self.blockOf[block]]


def workspace_of(tokenizer, files: dict[str, str]) -> Workspace:
    paths, windows, windowOf, blockOf, texts = [], [], [], [], []
    for path in sorted(files):
        lines = files[path].replace("\r\n", "\n").split("\n")
        for window in windows_of(tokenizer, path, files[path]):
            for number, block in enumerate(window.blocks):
                windowOf.append(len(windows))
                blockOf.append(number)
                texts.append("\n".join([path, *lines[block.startLine: block.endLine + 1]]))
            paths.append(path)
            windows.append(window)
    return Workspace(paths, windows, np.array(windowOf), np.array(blockOf), BM25(texts))


def open_workspaces(tokenizer, names: list[str], cache: Path,
                    keep: Callable[[str, dict[str, str]], dict[str, str]] = lambda _, files: files) -> dict[str, Workspace]:
    """{project: its workspace}; fetches what is missing of them. keep: which files of a project are in it."""
    table = [package for package in read_package_table() if package.role == "train" and package.name in names]
    archives = fetch_packages(table, cache / "packages")
    missing = set(names) - {package.name for package in archives}
    if missing:
        raise FileNotFoundError(f"no archive of {', '.join(sorted(missing))}; try again when the registries can be reached")
    return {package.name: workspace_of(tokenizer, keep(package.name, files_of(path))) for package, path in archives.items()}
