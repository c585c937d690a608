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
