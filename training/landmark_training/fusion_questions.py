"""Questions on the packages that fusion is fitted on, worded as near as templates come to what people ask.

They begin as people begin (how, where, what, why, which, when), and about half of them hold no identifier. Of a test, an
example or a benchmark at most one thing is asked, since people ask about the code that it uses.
"""

import random
import re
from collections import defaultdict

from .fusion_features import is_aside
from .questions import ask

SHARES = (0.2, 0.3)  # by name, and by name and description: half of the questions hold an identifier
DRAWS = 8  # of wording, until one begins as people begin
ASKED = re.compile(r"(^|[.:!?] )(how|where|what|why|which|when)\b", re.IGNORECASE)
QUESTIONS_OF_ASIDE = 1


def natural_question(record: dict, pair: dict, rng: random.Random) -> str:
    question = ask(record, pair, rng, SHARES)
    for _ in range(DRAWS - 1):
        if ASKED.search(question):
            break
        question = ask(record, pair, rng, SHARES)
    return question


def ask_naturally(record: dict, rng: random.Random, most: int) -> list[tuple[dict, str]]:
    """One pair of each kind after the other, so that a frequent kind does not crowd out the rest."""
    byKind = defaultdict(list)
    for pair in record["pairs"]:
        byKind[pair.get("kind", "doc")].append(pair)
    turns = []
    for kind in sorted(byKind):
        rng.shuffle(byKind[kind])
        turns += [(turn, kind, pair) for turn, pair in enumerate(byKind[kind])]
    turns.sort(key=lambda item: item[:2])
    chosen = turns[: min(most, QUESTIONS_OF_ASIDE) if is_aside(record["path"]) else most]
    return [(pair, natural_question(record, pair, rng)) for _, _, pair in chosen]
