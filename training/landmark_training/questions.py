"""How a pair's lines are asked for: by what they do, by name, by both, or as a pasted message."""

import random
import re

from .data import wording
from .data.sentences import words_of

# Shares of (by name, by both); the rest is by description and holds no identifier of the lines that are meant.
FIRST_QUESTION_SHARES = (0.06, 0.08)
SECOND_QUESTION_SHARES = (0.26, 0.30)

INFORMAL_SHARE = 0.15
KEYWORDS_SHARE = 0.1
LONGEST_WORDS = 35
SHORTEST_WORDS = 3
KEYWORDS_KEPT = 6
PROJECT_NAME_SHARE = 0.35
DOCUMENT_LANGUAGES = ("markdown", "rst", "asciidoc")
TEST_PATH = re.compile(r"(^|/)(tests?|__tests__|specs?|testing)/|[._-](test|spec)\.|_test\.|(^|/)test_|Tests?\.java$")
CODE_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:_\w+|(?<=[a-z0-9])[A-Z]\w*)[\w$]*(?:\(\))?|\b\w+\(\)|\b\w+(?:\.\w+)+\b")
CONDITION_FIRST = re.compile(r"(?:If|When|Once)\s+([^,;.]{12,110}?)[,;]\s")
CONDITION_LAST = re.compile(r"\b(?:if|when|whenever|once)\s+((?:the|a|an|we|it|no|there|this|any|all|they|an?y?)\b[^,;.()]{8,100})[.]?$")
JOINED_VERB = re.compile(r"(\band (?:then )?|\bor |, (?:and |then )?)([a-z]+s)\b(?= (?!(?:of|for|to|that|which|is|are|in|on|from|and|or)\b))")
PACKAGED_NAME = re.compile(r"^(golang-(github|google|gopkg|golang|go)\w*-|golang-|librust-|rust-|node-|python3?-|lib(?=.*-java$))|-dev$|-java$")


def ask(record: dict, pair: dict, rng: random.Random, shares: tuple[float, float]) -> str:
    """One question for a pair of a file record of pairs.jsonl."""
    if pair.get("kind") == "paraphrase":
        return pair["question"]
    draw, (nameShare, bothShare) = rng.random(), shares
    name = pair["name"] if len(pair["name"]) > 2 else ""
    # A comment, a message or a test is only a part of what the name stands for: its name alone asks for more.
    isWhole = pair.get("kind", "doc") in ("doc", "section") or pair.get("kind") == "test" and not _is_test(record)
    if name and draw < nameShare + bothShare:
        byName = draw < nameShare and isWhole
        return _fit(_by_name(record, pair, rng) if byName else _by_both(record, pair, rng), pair, rng)
    return _fit(_by_description(record, pair, rng), pair, rng)


def _by_name(record: dict, pair: dict, rng: random.Random) -> str:
    if record["language"] in DOCUMENT_LANGUAGES:
        return _filled(rng.choice(wording.BY_HEADING), record, pair["question"], pair["name"], rng)
    words = words_of(pair["name"])
    inWords = len(words.split()) > 1 and rng.random() < 0.25
    return _filled(rng.choice(wording.BY_NAME_WORDS if inWords else wording.BY_NAME), record, pair["question"], pair["name"], rng)


def _by_both(record: dict, pair: dict, rng: random.Random) -> str:
    seed, templates = pair["question"], list(wording.BY_BOTH_ERROR if pair.get("kind") == "error" else wording.BY_BOTH)
    if pair.get("kind") not in ("error", "test"):
        if clause_of(seed):
            templates += wording.BY_BOTH_CLAUSE * 2
        if condition_of(seed):
            templates += wording.BY_BOTH_CONDITION * 2
    return _filled(rng.choice(templates), record, seed, pair["name"], rng)


def _by_description(record: dict, pair: dict, rng: random.Random) -> str:
    kind = pair.get("kind", "doc")
    gold = "\n".join(record["lines"][pair["startLine"]: pair["endLine"] + 1])
    if kind == "error":
        return _filled(rng.choice(wording.ERROR), record, pair["question"], "", rng)
    seed = without_identifiers(pair["question"], pair["name"], gold)
    keywords = keywords_of(seed)
    if rng.random() < KEYWORDS_SHARE and len(keywords.split()) >= 3:
        return _filled(rng.choice(wording.KEYWORDS), record, seed, "", rng)
    if kind == "test":
        templates = wording.TEST_ITSELF if _is_test(record) else wording.TESTED
        return _filled(rng.choice(templates), record, seed, "", rng)
    return _filled(_description_template(seed, kind, rng), record, seed, "", rng)


def _description_template(seed: str, kind: str, rng: random.Random) -> str:
    groups = [(wording.STATEMENT, 1.0)]
    if clause_of(seed):
        groups.append((wording.CLAUSE, 2.2))
        hasReason = any(reason in seed for reason in wording.REASON)
        groups.append((wording.WHY, 2.0 if hasReason else 0.5 if kind == "comment" else 0.25))
    if condition_of(seed):
        groups.append((wording.CONDITION, 2.0))
    tables, weights = zip(*groups)
    return rng.choice(rng.choices(tables, weights)[0])


def _filled(template: str, record: dict, seed: str, name: str, rng: random.Random) -> str:
    text = seed.strip()
    text = text[:-1] if text.endswith((".", "!", ":", ";")) and not text.endswith("etc.") else text
    project = project_word(record["project"])
    it = project if rng.random() < PROJECT_NAME_SHARE else rng.choice(wording.GENERIC_PROJECTS)
    clause = clause_of(text) or text
    if template in wording.WHY:
        clause = _before_reason(clause)
    filled = template.format(text=text, lower=_lower_first(text), clause=clause, condition=condition_of(text) or text, name=name,
                             words=words_of(name) if name else "", it=it, keywords=keywords_of(text),
                             file=record["path"].split("/")[-1])
    return filled[0].upper() + filled[1:] if template[0] in "{ABCDEFGHIJKLMNOPQRSTUVWXYZ" and template.startswith("{it}") else filled


def _fit(question: str, pair: dict, rng: random.Random) -> str:
    """Neither too long nor too short, and at times as people type: in lower case, without a mark at the end."""
    words = question.split()
    if len(words) > LONGEST_WORDS and len(pair["question"].split()) < len(words):
        question = pair["question"] if not pair["name"] or pair["name"] not in pair["question"] else " ".join(words[:LONGEST_WORDS])
    question = re.sub(r"([.?!])[.?]+$", r"\1", re.sub(r"\s+", " ", question)).strip()
    if pair.get("kind") != "error" and rng.random() < INFORMAL_SHARE:
        question = _lower_first(question).rstrip("?.!")
    return question


def _is_test(record: dict) -> bool:
    return bool(TEST_PATH.search(record["path"]))


def project_word(project: str) -> str:
    """@babel/core -> babel core, golang-github-miekg-dns-dev -> miekg dns, librust-h2-dev -> h2"""
    bare = project
    while PACKAGED_NAME.search(bare):
        bare = PACKAGED_NAME.sub("", bare)
    return re.sub(r"[@/_-]+", " ", bare).strip() or project


def _lower_first(text: str) -> str:
    """Lower-case the first letter but of I, acronyms and names with inner capitals."""
    first = re.match(r"[A-Za-z]+", text)
    isPlain = first and (first.group() == "A" or len(first.group()) > 1 and first.group()[1:].islower())
    return text[0].lower() + text[1:] if isPlain else text


def clause_of(text: str) -> str | None:
    """Returns the size. -> return the size: what can follow "does"; None where the text does not begin with a verb."""
    clause = _lower_first(text).strip().rstrip(".?!:;")
    clause = re.sub(r"^(this (function|method|class|code|will)|this|that|it|we|then|also|now|first|next|just|simply|finally|helper to|used to|"
                    r"(utility |helper )?(function|method) (that|to|which)|will|should|must|please|here we|now we|let's)\s+", "", clause)
    verb, _, rest = clause.partition(" ")
    base = _base_form(verb)
    second = rest.split(" ", 1)[0].lower()
    if base is None or not rest or second in wording.AFTER_NOUN and base not in wording.BEFORE_PREPOSITION:
        return None
    # The verbs that are joined to the first follow its form.
    return f"{base} {JOINED_VERB.sub(_joined_base, rest) if verb != base else rest}"


def _joined_base(match: re.Match) -> str:
    return match.group(1) + (_base_form(match.group(2)) or match.group(2))


def _base_form(verb: str) -> str | None:
    """returns, copies, pushes, uses -> return, copy, push, use; None where it is no verb that we know."""
    if verb in wording.VERBS:
        return verb
    endings = (("ies", "y"), ("sses", "ss"), ("es", ""), ("es", "e"), ("s", ""))
    return next((verb[: -len(end)] + new for end, new in endings
                 if verb.endswith(end) and verb[: -len(end)] + new in wording.VERBS), None)


def condition_of(text: str) -> str | None:
    """If the overlay is a file, return it. -> the overlay is a file"""
    match = CONDITION_FIRST.match(text) or CONDITION_LAST.search(text)
    condition = match.group(1).strip().rstrip(".") if match else ""
    return condition if len(condition.split()) >= 3 and not condition.startswith(("possible", "not ", "needed", "set ", "true", "false")) else None


def _before_reason(clause: str) -> str:
    ends = [at for at in (clause.find(reason) for reason in wording.REASON) if at > 12]
    return clause[: min(ends)].rstrip(" ,;") if ends else clause


def without_identifiers(text: str, name: str, gold: str) -> str:
    """The text with the name, and code words that stand in the gold lines, written as plain words."""
    def plain(match: re.Match) -> str:
        word = match.group().rstrip("()")
        parts = word.split(".")
        inGold = parts[-1] == name or re.search(rf"(?<!\w){re.escape(parts[-1])}(?!\w)", gold, re.I)
        return words_of(parts[-1]) if inGold else match.group()

    text = CODE_WORD.sub(plain, text)
    if len(name) > 2 and " " not in name and not (name.isalpha() and name.islower()):
        text = re.sub(rf"(?<![\w$]){re.escape(name)}(?:\(\))?(?![\w$])", words_of(name), text)
    return text[0].upper() + text[1:] if text else text


def keywords_of(text: str) -> str:
    """The session cookie is signed with a derived key. -> session cookie signed derived key"""
    words = [word for word in re.findall(r"[A-Za-z][\w'-]*", text.lower()) if word not in wording.STOPWORDS and len(word) > 1]
    return " ".join(list(dict.fromkeys(words))[:KEYWORDS_KEPT]) or text
