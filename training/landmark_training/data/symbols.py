"""Which definition a test or a page speaks of: a name counts where the package defines it exactly once."""

from collections import Counter, defaultdict

from .facts import Candidate, Definition, FileFacts, Mention
from .sentences import words_of

SHORTEST_SYMBOL = 4
SHORTEST_GOLD = 3
MENTIONS_OF_SYMBOL = 3  # by documents; more say the same of it
TESTED_FROM_NAME = 2  # so many words of a called name must stand in the test's own name, or all of them
COMMON_CALLS = frozenset(
    "equal equals assert expect append print println format create build length push join close open read write update delete"
    " remove filter reduce replace split find size clear reset start stop init main setup next value values keys items copy clone"
    " parse string number error errorf fatal fatalf true false isinstance list dict tuple range sorted throws test call".split())


class Symbols:
    """The definitions of a package's sources, tests left out."""

    def __init__(self):
        self.places: dict[str, list[tuple[str, Definition]]] = defaultdict(list)

    def add(self, path: str, definitions: list[Definition]) -> None:
        for definition in definitions:
            if len(definition.name) >= SHORTEST_SYMBOL:
                self.places[definition.name].append((path, definition))

    def only(self, name: str) -> tuple[str, Definition] | None:
        places = self.places.get(name, ())
        return places[0] if len(places) == 1 else None

    def resolve(self, mention: Mention) -> tuple[str, Definition] | None:
        """The one definition that is meant; None where there is none or it is not clear."""
        known = [place for place in map(self.only, mention.names) if place]
        if mention.kind != "test":
            return known[0] if known else None
        asked = set(mention.question.lower().split())
        best, bestShare = None, 0.0
        for path, definition in known:
            if mention.imported is not None and not {definition.name, definition.container} & mention.imported:
                continue
            words = [word for word in words_of(definition.name).split() if len(word) > 2]
            shared = sum(word in asked for word in words)
            if words and definition.name.lower() not in COMMON_CALLS and (shared >= TESTED_FROM_NAME or shared == len(words)):
                share = shared + shared / len(words)
                if share > bestShare:
                    best, bestShare = (path, definition), share
        return best


def place_mentions(files: dict[str, FileFacts], symbols: Symbols) -> None:
    """Turns the mentions of all files into candidates of the files where their gold stands."""
    mentioned = Counter()
    for path, facts in files.items():
        for mention in facts.mentions:
            place = symbols.resolve(mention)
            if place and mention.kind == "section":
                mentioned[place[1].name] += 1
                place = place if mentioned[place[1].name] <= MENTIONS_OF_SYMBOL else None
            if place is None:
                if mention.fallback:
                    facts.candidates.append(mention.fallback)
                continue
            target, definition = place
            if definition.endLine - definition.startLine >= SHORTEST_GOLD - 1:
                files[target].candidates.append(Candidate(
                    mention.kind, mention.question, definition.name, definition.startLine, definition.endLine,
                    mention.cuts, "" if target == path else path))
        facts.mentions = []
