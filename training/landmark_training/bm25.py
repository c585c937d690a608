"""BM25 over blocks, identifiers split at case and underscores: the lexical yardstick."""

import math
import re
from collections import Counter, defaultdict

import numpy as np

K1 = 1.2
LENGTH_SHARE = 0.75
STOP_WORDS = frozenset(
    "the of and to in a is that for with how what does when why where which between by on as its it an be this from "
    "are or not do".split())


def words_of_text(text: str) -> list[str]:
    """Identifiers, whole and in parts, in lower case."""
    words = []
    for identifier in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text):
        words.append(identifier.lower())
        parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", identifier.replace("_", " "))]
        if len(parts) > 1:
            words += parts
    return words


class BM25:
    def __init__(self, documents: list[str]):
        counts = [Counter(words_of_text(document)) for document in documents]
        self.lengths = [sum(count.values()) for count in counts]
        self.averageLength = sum(self.lengths) / max(1, len(documents))
        self.postings = defaultdict(list)
        for index, count in enumerate(counts):
            for word, times in count.items():
                self.postings[word].append((index, times))

    def scores(self, question: str) -> np.ndarray:
        """Score of every document, [documents] float64."""
        total = len(self.lengths)
        scores = np.zeros(total)
        for word in set(words_of_text(question)) - STOP_WORDS:
            postings = self.postings.get(word, ())
            rarity = math.log(1 + (total - len(postings) + 0.5) / (len(postings) + 0.5))
            for index, times in postings:
                length = 1 - LENGTH_SHARE + LENGTH_SHARE * self.lengths[index] / self.averageLength
                scores[index] += rarity * times * (K1 + 1) / (times + K1 * length)
        return scores
