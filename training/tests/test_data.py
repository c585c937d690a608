"""Documented definitions, and what the data refuses."""

import zipfile

from tiny import tiny_records  # noqa: F401  (puts the package on the path)

from landmark_training.data.build import HELD_OUT_NAMES, PairBuilder
from landmark_training.data.definitions import documented_definitions
from landmark_training.data.fetch import Package, read_package_table
from landmark_training.questions import clause_of, words_of

PYTHON = '''import os

def find_root(path):
    """Find the folder that holds the project file.

    More words.
    """
    while path != "/":
        path = os.path.dirname(path)
    return path
''' + "# filler\n" * 100

JAVASCRIPT = """/** Joins the given parts into one long path string. */
export function joinParts(a, b) {
  const parts = [a, b];
  const kept = parts.filter(Boolean);
  return kept.join('/');
}
"""


def test_python_definition_is_found_and_its_comment_cut():
    lines, [definition] = documented_definitions(PYTHON, "python")
    assert definition.question == "Find the folder that holds the project file."
    assert definition.name == "find_root"
    assert lines[definition.startLine: definition.endLine + 1] == [
        "def find_root(path):", '    while path != "/":', "        path = os.path.dirname(path)", "    return path"]
    assert not any("folder" in line for line in lines)


def test_javascript_definition_is_found_and_its_comment_cut():
    lines, [definition] = documented_definitions(JAVASCRIPT, "javascript")
    assert (definition.name, definition.startLine, definition.endLine) == ("joinParts", 0, 4)
    assert definition.question == "Joins the given parts into one long path string."
    assert not any("given" in line for line in lines)


def test_table_trains_on_nothing_held_out():
    table = read_package_table()
    assert len({package.name for package in table if package.role == "train"}) >= 40
    assert not [package for package in table if package.role != "heldOut" and package.name in HELD_OUT_NAMES]
    assert not {package.name for package in table if package.role == "train"} & {
        "networkx", "celery", "xarray", "jinja2", "click", "tornado", "ws", "koa", "handlebars", "openpyxl"}


def write_wheel(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_copies_of_held_out_files_are_refused(tmp_path):
    heldOut = write_wheel(tmp_path / "held.whl", {"held/core.py": PYTHON})
    copy = write_wheel(tmp_path / "copy.whl", {"copy/borrowed.py": PYTHON.replace("\n", "\r\n"),
                                               "copy/_vendor/any.py": PYTHON.replace("filler", "other")})
    builder = PairBuilder()
    builder.see(heldOut)
    assert list(builder.files(Package("train", "pypi", "copy", "1", "MIT"), copy)) == []
    changed = write_wheel(tmp_path / "changed.whl", {"changed/core.py": PYTHON.replace("filler", "other")})
    assert list(builder.files(Package("train", "pypi", "changed", "1", "MIT"), changed)) == []  # same question and name
    assert builder.dropped == {"files seen before or held out": 1, "pairs seen before or held out": 1}


def test_question_wording():
    assert words_of("getItemCount") == "get item count"
    assert words_of("_parse_url") == "parse url"
    assert clause_of("Returns the size of it.") == "return the size of it"
    assert clause_of("Copies all files.") == "copy all files"
    assert clause_of("Pass it on.") == "pass it on"
