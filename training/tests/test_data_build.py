"""From archives to pairs.jsonl: what is refused, limits, repeats, licences, and files cut."""

import hashlib
import json
import zipfile

import pytest
from tiny import tiny_records  # noqa: F401  (puts the package on the path)

from landmark_training.data import build
from landmark_training.data.archives import mapped_sources, members
from landmark_training.data.build import add_paraphrases, build_pairs, rebuild_pairs
from landmark_training.data.debian import source_entries
from landmark_training.data.facts import Candidate
from landmark_training.data.fetch import Package, archive_path, read_package_table
from landmark_training.data.licences import PERMISSIVE, licence_in_text, normal, stated_licence
from landmark_training.data.reading import ReadFile, ReadPackage, read_package
from landmark_training.data.refusal import HELD_OUT_NAMES, SKIPPED_PATH, Refused, is_held_out
from landmark_training.data.selecting import Selector, divided, language_keep

ROOTS = '''import os


def find_root(path):
    """Find the folder that holds the project file."""
    while path != "/":
        path = os.path.dirname(path)
        if os.path.exists(os.path.join(path, "project.toml")):
            break
    if not os.path.exists(os.path.join(path, "project.toml")):
        raise ValueError(f"no project file above the path {path}")
    settings = read_settings(os.path.join(path, "project.toml"))
    for name, value in sorted(settings.items()):
        os.environ.setdefault(name.upper(), str(value))
    remember_folder(path, settings.get("cache", "default"))
    report_to_listeners("project found", path, settings)
    return os.path.abspath(os.path.expanduser(path)), settings
'''
PAGE = "# Roots\n\nThe function `find_root` looks for the project file in all parent folders.\n" + "\nMore text.\n" * 40


def write_wheel(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_table_trains_on_nothing_held_out_and_takes_permissive_licences():
    table = read_package_table()
    assert not [package.name for package in table if package.role != "heldOut" and is_held_out(package.name)]
    assert not [package.name for package in table if package.role != "heldOut" and package.licence not in PERMISSIVE]
    assert len({package.name for package in table if package.role == "train"}) >= 400
    train = {package.name for package in table if package.role == "train"}
    kept = {package.name for package in table if package.role in ("validation", "fusion")}
    assert {"networkx", "celery", "xarray", "jinja2", "click", "tornado", "ws", "koa", "handlebars", "openpyxl"} <= kept
    assert not train & kept


@pytest.mark.parametrize("name", ["gson", "rust-clap", "librust-clap-dev", "golang-github-spf13-cobra-dev",
                                  "rust-fd-find", "guava-libraries", "jq", "flask"])
def test_held_out_projects_are_known_by_the_names_of_source_packages(name):
    assert is_held_out(name)


def test_names_that_only_look_alike_are_not_held_out():
    assert not any(map(is_held_out, ["flask-sqlalchemy", "requests-cache", "golang-github-spf13-afero", "librust-ureq-dev", "hiredis"]))
    assert len(HELD_OUT_NAMES) == 39


def test_copies_of_held_out_files_are_refused(tmp_path):
    heldOut = Refused()
    for _, content in members(write_wheel(tmp_path / "held.whl", {"held/core.py": ROOTS})):
        heldOut.see(content)
    package = Package("train", "pypi", "copy", "1", "MIT")
    wheel = write_wheel(tmp_path / "copy.whl", {
        "copy/borrowed.py": ROOTS.replace("\n", "\r\n"),
        "copy/changed.py": ROOTS.replace("ValueError", "KeyError").replace("def find_root", "def locate_root"),
        "copy/_vendor/any.py": ROOTS, "copy/flask/own.py": "x = 1\n" + ROOTS, "copy/other.py": "# Unlike\n" * 50})
    read = read_package(package, wheel, [heldOut])
    assert read.files == []
    assert read.dropped["files of held-out or reserved packages"] == 2
    assert read.dropped["files by their path"] == 1
    assert read.dropped["files that look like copies of kept-away projects"] == 1
    assert [file.path for file in read_package(package, wheel, []).files] == ["copy/borrowed.py", "copy/changed.py"]


@pytest.mark.parametrize("path", ["vendor/a.go", "src/node_modules/a.js", "a/third_party/b.c", "dist/a.js", "x_pb2.py", "api/v1.pb.go"])
def test_vendored_and_generated_paths_are_skipped(path):
    assert SKIPPED_PATH.search(path)


def test_a_file_of_another_licence_is_left_out(tmp_path):
    header = "# This is free software under the GNU General Public License\n"
    wheel = write_wheel(tmp_path / "a.whl", {"a/core.py": header + ROOTS})
    assert read_package(Package("train", "pypi", "a", "1", "MIT"), wheel, []).files == []


def read_of(questions, path="a.py", language="python", kind="doc", digest="1"):
    items = [Candidate(kind, question, "name", 0, 0) for question in questions]
    return ReadPackage([ReadFile(path, language, digest, ["x"], items)])


def test_no_pair_and_no_file_twice():
    selector = Selector()
    selector.see(read_of(["Held out question"], digest="0"))
    assert selector.choose("a", read_of(["One", "held out question", "one", "Two"])) in ({"a.py": [0, 3]}, {"a.py": [2, 3]})
    assert selector.choose("b", read_of(["Three"], digest="1")) == {}
    assert selector.choose("c", read_of(["One", "Three"], digest="2")) == {"a.py": [1]}


def test_a_project_is_limited_and_each_kind_keeps_its_share():
    selector = Selector(projectPairs=10)
    read = ReadPackage(read_of([f"d{n}" for n in range(50)]).files
                       + read_of([f"e{n}" for n in range(50)], "b.py", kind="error", digest="2").files)
    chosen = selector.choose("a", read)
    assert len(chosen["a.py"]) + len(chosen["b.py"]) == 10 and len(chosen["b.py"]) >= 2
    assert divided({"doc": 3, "comment": 100}, 50) == {"doc": 3, "comment": 47}
    assert divided({"doc": 3}, 50) == {"doc": 3}


def test_no_language_is_over_its_share():
    counts = {"python": 800, "go": 300, "rust": 100}
    keep = language_keep(counts)
    kept = {language: counts[language] * keep[language] for language in counts}
    assert kept["python"] <= 0.351 * sum(kept.values()) and kept["go"] == 300


def test_licences():
    assert normal("MIT OR GPL-2.0") == "MIT"
    assert normal("Apache-2 and Expat") == "Apache-2.0"
    assert normal("GPL-3+") is None
    assert licence_in_text("Permission is hereby granted, free of charge, to any person") == "MIT"
    assert licence_in_text("GNU GENERAL PUBLIC LICENSE Version 2") is None


def test_licence_of_a_wheel(tmp_path):
    wheel = write_wheel(tmp_path / "a.whl", {"a-1.dist-info/METADATA": "Name: a\nLicense-Expression: BSD-3-Clause\n\nText"})
    assert stated_licence(wheel) == "BSD-3-Clause"


def test_sources_inside_source_maps():
    data = {"sources": ["../src/a.ts", "../node_modules/b/c.ts", "webpack/x"], "sourcesContent": ["const a = 1;\n" * 40, "x", "y"]}
    assert list(mapped_sources("dist/a.js.map", json.dumps(data).encode())) == [("src/a.ts", b"const a = 1;\n" * 40)]


def test_source_entries_of_the_machine():
    assert source_entries("deb http://a/debian stable main\ndeb http://b/other stable main\n", False) == "deb-src http://a/debian stable main"
    assert source_entries("Types: deb\nURIs: http://a/debian\nSuites: x", True) == "Types: deb-src\nURIs: http://a/debian\nSuites: x"


def test_build_writes_records_with_their_comments_cut(tmp_path, monkeypatch):
    table = [Package("train", "pypi", "roots", "1", "MIT"), Package("heldOut", "pypi", "held", "1", "-")]
    monkeypatch.setattr(build, "read_package_table", lambda: table)
    monkeypatch.setattr(build, "language_keep", dict)  # one small package would be mostly one language
    write_wheel(archive_path(table[0], tmp_path / "packages"), {
        "roots/core.py": ROOTS, "docs/roots.md": PAGE, "roots/taken.py": ROOTS.replace("find_root", "take_root").replace("project", "other")})
    write_wheel(archive_path(table[1], tmp_path / "packages"), {
        "held/core.py": ROOTS.replace("find_root", "take_root").replace("project", "other")})
    target = rebuild_pairs(tmp_path)
    [record] = [json.loads(line) for line in target.read_text().splitlines()]
    assert {key: record[key] for key in ("project", "registry", "role", "language", "path")} == {
        "project": "roots", "registry": "pypi", "role": "train", "language": "python", "path": "roots/core.py"}
    assert {pair["kind"] for pair in record["pairs"]} == {"doc", "error", "section"}
    assert not any("folder that holds" in line for line in record["lines"])
    assert all(record["lines"][pair["startLine"]].strip() for pair in record["pairs"])
    counts = json.loads(target.with_suffix(".json").read_text())
    assert counts["pairs"] == {"train python doc": 1, "train python error": 1, "train python section": 1}
    assert counts["packages"] == {"train pypi roots": 3}
    assert build_pairs(tmp_path) == target


def test_paraphrases_are_found_again_where_their_lines_have_moved():
    record = {"lines": ["a", "b", "c", "d"], "pairs": []}
    written = {"sha": hashlib.sha256(b"c\nd").hexdigest(), "question": "What is done at the end?", "startLine": 0, "endLine": 1}
    another = {**written, "question": "Where does it end?"}
    assert add_paraphrases(record, [written, another, {**written, "sha": "0"}]) == 2
    assert record["pairs"] == [{"kind": "paraphrase", "question": "What is done at the end?", "name": "", "startLine": 2, "endLine": 3,
                                "questions": ["What is done at the end?", "Where does it end?"]}]
