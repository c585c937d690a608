"""Regions of code worth asking about: a definition's first lines, in any language, found by indentation."""

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from ..fusion_features import is_aside
from ..questions import DOCUMENT_LANGUAGES

REGION_LINES = (7, 18)
PER_FILE = 4
# Fewer have no wrong answers of their own.
FEWEST_OF_PROJECT = 6
# Begins a definition in Python, JavaScript, TypeScript, Go, Rust, Java or C.
DEFINITION = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|static|async|abstract|final|pub(?:\([^)]*\))?|unsafe|inline|const|extern)\s+)*"
    r"(?:def|class|function|func|fn|impl|trait|interface|struct|enum)\b"
    r"|^(?:[A-Za-z_][\w<>\[\],.*&: ]*\s+)\**[A-Za-z_]\w*\s*\([^;]*\)?\s*(?:throws [\w, ]+)?\{\s*$"
    r"|^\s*(?:public|private|protected)\s[^;=]*\([^;]*\{\s*$"
    r"|^\s*(?:async\s+)?\*?#?[A-Za-z_$][\w$]*\s*\([^;]*\)[^;]*\{\s*$")
NO_DEFINITION = re.compile(r"^\s*(?:if|for|while|switch|return|catch|else|do|try|throw|new|await|super|with)\b")


@dataclass(frozen=True)
class Region:
    """0-based lines of a file, both included."""

    startLine: int
    endLine: int


def regions_of(lines: list[str]) -> list[Region]:
    regions, index = [], 0
    while index < len(lines):
        line = lines[index]
        if not DEFINITION.match(line) or NO_DEFINITION.match(line):
            index += 1
            continue
        end = _end_of(lines, index)
        if end - index + 1 >= REGION_LINES[0]:
            regions.append(Region(index, end))
        # A class is gone through for its methods; a function's inside is part of it.
        index = index + 1 if re.match(r"\s*(?:\w+\s+)*(?:class|impl|trait|interface)\b", line) else end + 1
    return regions


def _end_of(lines: list[str], start: int) -> int:
    """The last line that is indented deeper than the first, or closes it; at most REGION_LINES[1] lines on."""
    indent = _indent(lines[start])
    last = start
    for index in range(start + 1, min(len(lines), start + REGION_LINES[1])):
        line = lines[index]
        if line.strip() and _indent(line) <= indent:
            return index if re.match(r"\s*[})\]]", line) else last
        if line.strip():
            last = index
    return last


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def sample_regions(records: list[dict], perProject: int, rng: random.Random) -> list[tuple[dict, Region]]:
    """At most perProject regions of each project, side by side; projects in random order, languages in turn. Tests,
    examples and benchmarks are left out, since people ask about the code that these use."""
    files = defaultdict(list)
    for record in records:
        if record["language"] not in DOCUMENT_LANGUAGES and not is_aside(record["path"]):
            files[record["project"]].append(record)
    byLanguage = defaultdict(list)
    for project in sorted(files):
        byLanguage[Counter(record["language"] for record in files[project]).most_common(1)[0][0]].append(project)
    for projects in byLanguage.values():
        rng.shuffle(projects)
    turns = sorted((turn, language, project) for language, projects in byLanguage.items() for turn, project in enumerate(projects))
    chosen = []
    for _, _, project in turns:
        taken: list[tuple[dict, Region]] = []
        order = files[project]
        rng.shuffle(order)
        for record in order:
            found = regions_of(record["lines"])
            count = min(len(found), perProject - len(taken), PER_FILE)
            taken += [(record, region) for region in rng.sample(found, count)]
        if len(taken) >= FEWEST_OF_PROJECT:
            chosen += taken
    return chosen
