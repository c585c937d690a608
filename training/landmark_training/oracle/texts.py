"""The texts of the fixtures: this repository's own sources and strings made to be awkward. No third party's text."""

from __future__ import annotations

import random
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
FILE_LINES = 120
FILE_COUNT = 20
STRING_COUNT = 500

AWKWARD = [
    "", " ", "\n", "\t", "\r\n", "  \n\n  x", "a  b   c    d", "tab\tand\ttab", "trailing   ", "\n\n\n", "é", "naïve café",
    "日本語のテキスト", "中文字符，标点。", "한국어", "עברית", "العربية", "русский текст", "ελληνικά", "🙂", "👩‍👩‍👧‍👦 family", "🇫🇷🇩🇪",
    "1234567890", "3.14159", "0xDEADBEEF", "1e-9", "v1.2.3-beta.4", "don't can't I'll we've you're he'd I'm it's",
    "DON'T CAN'T I'LL", "snake_case_name", "camelCaseName", "PascalCaseName", "SCREAMING_CASE", "__dunder__", "a.b.c.d",
    "foo(bar)[baz]{qux}", "x+=1;y-=2;z*=3;", "a&&b||!c", "<div class=\"x\">text</div>", "SELECT * FROM t WHERE a='b';",
    "https://example.org/path?query=1#fragment", "user@example.org", "C:\\Windows\\System32", "/usr/local/bin",
    "\\n\\t\\\\", "\u200b zero width \u200d", "\ufeffbom", "combining e\u0301", "ﬁ ligature", "½ ¾ ²", "—–-", "“quotes” ‘single’",
    "$$ @@ ## %% ^^ && **", "/* comment */ // line", "# comment", "'''doc'''", '"""doc"""', "`code` ```fence```",
    "if (a<b) { return a; } else { return b; }", "def f(x, *, y=1, **kw) -> int:", "fn main() { println!(\"{}\", 1); }",
    "func (s *Server) Serve(ctx context.Context) error {", "public static void main(String[] args) {", "#include <stdio.h>",
    "a" * 200, "ab " * 80, "()" * 60, "\u0000\u0001\u0002", "\x7f", "\x85next line", "\u2028separator", "𝕏𝕐ℤ", "ǅ", "İstanbul",
]


def source_files() -> list[Path]:
    """Text sources of this repository, in a fixed order."""
    roots = ("server", "protocol", "training/landmark_training")
    files = [path for root in roots for path in sorted((REPOSITORY / root).rglob("*")) if path.suffix in (".py", ".ts")]
    return [path for path in files if path.stat().st_size > 500]


def sample_files(seed: int) -> list[tuple[str, list[str]]]:
    """FILE_COUNT files of (relative path, at most FILE_LINES lines)."""
    chosen = random.Random(seed).sample(source_files(), FILE_COUNT)
    return [(str(path.relative_to(REPOSITORY)), path.read_text().splitlines()[:FILE_LINES]) for path in sorted(chosen)]


def awkward_files() -> list[tuple[str, str]]:
    """(name, text) of files that are hard to cut, a few windows each where they can be."""
    rng = random.Random(FILE_COUNT)
    letters = "abcdefghijklmnopqrstuvwxyz"
    word = lambda: "".join(rng.choice(letters) for _ in range(rng.randint(2, 7)))
    words = lambda count: " ".join(word() for _ in range(count))
    functions = [f"def {word()}({word()}):\n    {words(4)}\n\n    return {words(rng.randint(2, 6))}\n" for _ in range(18)]
    methods = [f"\t{word()}() {{\n\t\t{words(5)};\n\n\t\t{words(3)};\n\t}}\n" for _ in range(18)]
    rows = [f"{number},{word()},{word()}\n" for number in range(90)]
    return [
        ("empty", ""),
        ("one line", "one"),
        ("only line ends", "\n" * 1_200),
        ("only spaces and tabs", "  \n\t\n" * 400),
        ("functions", "\n\n".join(functions)),
        ("functions with CRLF", "\n\n".join(functions).replace("\n", "\r\n")),
        ("class, indented with tabs", "class A {\n" + "\n".join(methods) + "}\n"),
        ("rows without a blank line", "".join(rows)),
        ("the same row", "row\n" * 300),
        ("deeper and deeper", "".join(" " * depth + word() + "\n" for depth in range(70))),
        ("minified", words(700)),
        ("minified between others", "a\n\n" + words(300) + "\n\nb\n" + words(300) + "\nc\n\nd\n"),
        ("lines longer than a block", "\n".join(words(40) for _ in range(12)) + "\n"),
        ("brackets alone", "{\n}\n[\n]\n(\n)\n\n" * 70),
        ("blank lines in a row", "".join(words(3) + "\n" * rng.randint(1, 5) for _ in range(60))),
        ("not Latin", "".join("größe → ✓ 日本語 🙂\n\n" for _ in range(24))),
        ("special tokens", "<|im_end|>\n\n<|file_sep|> x\n" * 20),
    ]


def sample_strings(seed: int) -> list[str]:
    """STRING_COUNT strings: the awkward ones, then lines and runs of lines of code and prose."""
    rng = random.Random(seed)
    prose = [line for path in sorted((REPOSITORY / "docs").glob("*.md")) for line in path.read_text().splitlines() if line.strip()]
    strings = list(AWKWARD)
    while len(strings) < STRING_COUNT:
        if rng.random() < 0.25 and prose:
            strings.append(rng.choice(prose))
            continue
        lines = rng.choice(source_files()).read_text().splitlines()
        start = rng.randrange(len(lines))
        strings.append("\n".join(lines[start : start + rng.choice((1, 1, 1, 2, 5))]) + rng.choice(("", "\n")))
    return strings[:STRING_COUNT]


QUESTIONS = (
    "How are the blocks of a file cut?",
    "Where is a damaged record of the store dropped?",
    "What happens when CUDA cannot be started?",
    "Which function rotates keys to consecutive positions?",
)
