"""Which windows and questions of the training records are run once and kept: a seeded choice within a token budget.

Half of the window tokens are whole files cut as at inference, half are short windows around a pair's lines. Every
window carries the pairs that begin in it; windows without a pair are left out but for a few. It runs no model.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from ..blocks import Block, windows_of
from ..samples import TRAINING_WINDOW_BLOCKS, Sampler, gold_lines

FILE_WINDOWS = 16  # of one file, at most
SHORT_FILE_WINDOWS = 24
FEWEST_PROJECT_TOKENS = 12_000  # a project gives enough windows for wrong answers of its own
PARAPHRASE = "paraphrase"  # the kind of what a model wrote
KIND_WARMUP_PAIRS = 200  # before so many pairs no kind is refused


@dataclass(frozen=True)
class ChoiceOptions:
    """textTokens: of windows and questions together."""

    textTokens: int
    seed: int = 1
    fullShare: float = 0.5  # of window tokens, in windows cut as at inference
    negativeShare: float = 0.1  # of windows, without any pair
    languageShare: float = 0.35  # of tokens, where other languages have enough
    kindShare: float = 0.6  # of pairs
    projectRounds: int = 2  # a project's share of the budget is this times the mean
    blockTokens: int = 63


@dataclass
class ChosenWindow:
    """form: full, short or negative; spans: first and last line of each block, in the file."""

    file: int
    form: str
    ids: list[int]
    segments: list[tuple[int, int]]
    spans: list[tuple[int, int]]


@dataclass
class ChosenPair:
    """Gold are blocks of the file that overlap startLine..goldLine; up to endLine a block is no wrong answer. others: (file, first
    line, last line) of what answers the same question elsewhere."""

    file: int
    window: int
    startLine: int
    goldLine: int
    endLine: int
    kind: str
    language: str
    texts: list[str]
    ids: list[list[int]]
    others: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class Choice:
    """files: (project, path). Windows stand in the order of their projects, pairs too."""

    files: list[tuple[str, str]] = field(default_factory=list)
    windows: list[ChosenWindow] = field(default_factory=list)
    pairs: list[ChosenPair] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        return sum(len(window.ids) for window in self.windows) + sum(len(ids) for pair in self.pairs for ids in pair.ids)


def language_quotas(pairCounts: Counter, tokens: int, share: float) -> dict[str, float]:
    """Tokens for each language: as its pairs, at most share of all; what that leaves goes to the others in turn.

    Whether a language has so much text is not asked here."""
    quotas: dict[str, float] = {}
    open_ = dict(pairCounts)
    left = float(tokens)
    while open_:
        total = sum(open_.values())
        capped = [name for name, count in open_.items() if left * count / total > share * tokens]
        if not capped:
            return quotas | {name: left * count / total for name, count in open_.items()}
        for name in capped:
            quotas[name] = share * tokens
            del open_[name]
        left = tokens - sum(quotas.values())
    # Too few languages to fill the budget within the share: they take the rest as they have pairs.
    total = sum(pairCounts.values())
    return {name: quota + left * pairCounts[name] / total for name, quota in quotas.items()}


class Chooser:
    def __init__(self, sampler: Sampler, options: ChoiceOptions):
        self.sampler, self.options = sampler, options
        self.rng = random.Random(f"{options.seed} choice")
        self.choice = Choice()
        self.tokens = 0
        self.formTokens: Counter = Counter()
        self.languageTokens: Counter = Counter()
        self.kinds: Counter = Counter()
        self.negatives = 0

    def choose(self, records: list[dict]) -> Choice:
        """Projects in turns of a share each, until the budget is used up or nothing is left."""
        options, counts = self.options, Counter()
        byProject = defaultdict(list)
        for record in records:
            byProject[record["project"]].append(record)
            counts[record["language"]] += len(record["pairs"])
        self.quotas = language_quotas(counts, options.textTokens, options.languageShare)
        turn = max(FEWEST_PROJECT_TOKENS, options.projectRounds * options.textTokens // max(1, len(byProject)))
        self.take_turns({project: self.densest_first(byProject[project]) for project in sorted(byProject)}, turn)
        # What languages with little text leave of their quotas, the others take.
        self.quotas = dict.fromkeys(self.quotas, float(options.textTokens))
        self.take_turns(self.passedOver, turn)
        return in_order_of_projects(self.choice)

    def take_turns(self, queues: dict[str, list[dict]], turnTokens: int) -> None:
        self.passedOver: dict[str, list[dict]] = defaultdict(list)
        order = list(queues)
        self.rng.shuffle(order)
        order.sort(key=lambda project: not any(map(has_paraphrases, queues[project])))
        while order and self.tokens < self.options.textTokens:
            for project in order:
                self.take_turn(project, queues[project], turnTokens)
            order = [project for project in order if queues[project]]

    def densest_first(self, records: list[dict]) -> list[dict]:
        """Files with more pairs a character come earlier, with some chance, and before them those with paraphrases: these are
        dear. The last is taken first."""
        def weight(record: dict) -> float:
            dense = len(record["pairs"]) / (200 + sum(map(len, record["lines"]))) * self.rng.uniform(0.3, 1)
            return has_paraphrases(record) + dense
        return [record for _, _, record in sorted((weight(record), index, record) for index, record in enumerate(records))]

    def take_turn(self, project: str, queue: list[dict], turnTokens: int) -> None:
        before = self.tokens
        while queue and self.tokens < self.options.textTokens and self.tokens - before < turnTokens:
            record = queue.pop()
            if not record["pairs"]:
                continue
            if self.languageTokens[record["language"]] < self.quotas[record["language"]]:
                self.take_file(record)
            else:
                self.passedOver[project].append(record)

    def take_file(self, record: dict) -> None:
        choice, start = self.choice, self.tokens
        total = sum(self.formTokens.values())
        full = self.formTokens["full"] <= self.options.fullShare * total
        choice.files.append((record["project"], record["path"]))
        (self.take_full if full else self.take_short)(record)
        self.languageTokens[record["language"]] += self.tokens - start

    def take_full(self, record: dict) -> None:
        """The file as it is indexed; of its windows those with most pairs, and a few without."""
        text = "\n".join(record["lines"]) + "\n"
        windows = [window.blocks for window in windows_of(self.sampler.tokenizer, record["path"], text, self.options.blockTokens)]
        carried = [[pair for pair in record["pairs"] if begins_in(pair, blocks)] for blocks in windows]
        order = sorted(range(len(windows)), key=lambda index: (-sum(map(is_paraphrase, carried[index])), -len(carried[index]),
                                                               self.rng.random()))
        taken = 0
        for index in order:
            if carried[index] and taken < FILE_WINDOWS:
                self.add(record, windows[index], carried[index], "full")
                taken += 1
            elif not carried[index] and self.negatives < self.options.negativeShare * len(self.choice.windows):
                self.add(record, windows[index], [], "negative")
                self.negatives += 1
                return

    def take_short(self, record: dict) -> None:
        """A window around each pair that no window before carries already."""
        done: set[int] = set()
        pairs = list(enumerate(record["pairs"]))
        self.rng.shuffle(pairs)
        pairs.sort(key=lambda item: is_paraphrase(item[1]), reverse=True)
        for number, pair in pairs[:SHORT_FILE_WINDOWS]:
            blocks = None if number in done else self.sampler.blocks_around(record, pair, self.rng, TRAINING_WINDOW_BLOCKS)
            if blocks:
                carried = {other: item for other, item in pairs if other not in done and begins_in(item, blocks)}
                done |= set(carried)
                self.add(record, blocks, list(carried.values()), "short")

    def add(self, record: dict, blocks: list[Block], pairs: list[dict], form: str) -> None:
        choice, file = self.choice, len(self.choice.files) - 1
        window = self.sampler.window(record, blocks)
        number = len(choice.windows)
        choice.windows.append(ChosenWindow(file, form, window.ids, window.segments,
                                           [(block.startLine, block.endLine) for block in blocks]))
        self.formTokens["full" if form == "negative" else form] += len(window.ids)
        self.tokens += len(window.ids)
        for pair in sorted(pairs, key=is_paraphrase, reverse=True):
            if self.is_common(pair["kind"]) and len(pairs) > 1:
                continue
            self.kinds[pair["kind"]] += 1
            texts, ids = self.sampler.ask_twice(record, pair, self.rng)
            first, last = gold_lines(pair)
            choice.pairs.append(ChosenPair(file, number, first, last, max(last, pair["endLine"]), pair["kind"],
                                           record["language"], texts, ids))
            self.tokens += sum(map(len, ids))

    def is_common(self, kind: str) -> bool:
        total = sum(self.kinds.values())
        return total > KIND_WARMUP_PAIRS and len(self.kinds) > 1 and self.kinds[kind] > self.options.kindShare * total


def has_paraphrases(record: dict) -> bool:
    return any(map(is_paraphrase, record["pairs"]))


def is_paraphrase(pair: dict) -> bool:
    return pair["kind"] == PARAPHRASE


def begins_in(pair: dict, blocks: list[Block]) -> bool:
    return blocks[0].startLine <= pair["startLine"] <= blocks[-1].endLine


def in_order_of_projects(choice: Choice) -> Choice:
    """Windows and pairs of a project side by side; files keep their numbers."""
    order = sorted(range(len(choice.windows)), key=lambda index: (choice.files[choice.windows[index].file][0], index))
    place = {old: new for new, old in enumerate(order)}
    pairs = sorted(choice.pairs, key=lambda pair: choice.files[pair.file][0])
    for pair in pairs:
        pair.window = place[pair.window]
    return Choice(choice.files, [choice.windows[index] for index in order], pairs)
