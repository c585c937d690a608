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


def content_words(question: str) -> list[str]:
    return sorted(set(words_of_text(question)) - STOP_WORDS)


class BM25:
    def __init__(self, documents: list[str]):
        counts = [Counter(words_of_text(document)) for document in documents]
        lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)  # [documents]
        self.total = len(documents)
        gathered: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for index, count in enumerate(counts):
            for word, times in count.items():
                gathered[word][0].append(index)
                gathered[word][1].append(times)
        norm = K1 * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / max(1.0, lengths.sum() / max(1, self.total)))  # [documents]
        # Per word: the documents that have it, and what it adds to each of their scores.
        self.postings: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for word, (indices, times) in gathered.items():
            places, often = np.array(indices), np.array(times, dtype=np.float64)
            self.postings[word] = places, self.rarity(len(places)) * often * (K1 + 1) / (often + norm[places])

    def rarity(self, holding: int) -> float:
        """What a word says that so many documents hold."""
        return math.log(1 + (self.total - holding + 0.5) / (holding + 0.5))

    def scores(self, question: str) -> np.ndarray:
        """Score of every document, [documents] float64."""
        scores = np.zeros(self.total)
        for word in content_words(question):
            if word in self.postings:
                places, weights = self.postings[word]
                scores[places] += weights
        return scores

    def rarities(self, question: str) -> dict[str, float]:
        """Of each word of the question, the rarest being one that no document holds."""
        return {word: self.rarity(len(self.postings[word][0]) if word in self.postings else 0) for word in content_words(question)}

    def coverage(self, question: str, groups: np.ndarray | None = None) -> np.ndarray:
        """The share of the question's words, each by its rarity, that each document holds, [documents]; words that no
        document holds count too. With groups [documents], the number of each one's group: the share that each group
        holds, [groups]."""
        rarities = self.rarities(question)
        total = sum(rarities.values())
        held = np.zeros(self.total if groups is None else (int(groups.max()) + 1 if len(groups) else 0))
        for word, rarity in rarities.items():
            if word in self.postings:
                places = self.postings[word][0]
                held[places if groups is None else np.unique(groups[places])] += rarity
        return held / total if total else held
