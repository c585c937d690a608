"""Wording of questions: grammar, and that most questions name nothing of what they ask for."""

import random
import re

import pytest
from tiny import tiny_records  # noqa: F401  (puts the package on the path)

from landmark_training.data import wording
from landmark_training.data.sentences import body_comment, fill_message, first_sentence, words_of
from landmark_training.questions import (FIRST_QUESTION_SHARES, SECOND_QUESTION_SHARES, ask, clause_of, condition_of,
                                         keywords_of, project_word, without_identifiers)


@pytest.mark.parametrize("text, clause", [
    ("Returns the size of it.", "return the size of it"),
    ("Copies all files.", "copy all files"),
    ("Pass it on.", "pass it on"),
    ("Pushes a frame and pops another.", "push a frame and pop another"),
    ("Parses the header and returns the rest.", "parse the header and return the rest"),
    ("This function creates a rectangle.", "create a rectangle"),
    ("Uses HTTP where it can.", "use HTTP where it can"),
    ("List of all open files.", None),
    ("The size of the cache.", None),
    ("Flags for the open call.", None),
    ("Checks for a newer file.", "check for a newer file"),
    ("This ensures that the lock is held.", "ensure that the lock is held"),
    ("This is a large rectangle.", None),
    ("Closed when the stream ends.", None),
])
def test_clause_begins_with_a_verb_in_its_base_form(text, clause):
    assert clause_of(text) == clause


def test_condition():
    assert condition_of("If the overlay is a file, return it.") == "the overlay is a file"
    assert condition_of("Throws an error when the key is too old.") == "the key is too old"
    assert condition_of("Sign the cookie with the key.") is None


def test_words():
    assert words_of("getItemCount") == "get item count"
    assert words_of("_parse_url") == "parse url"
    assert words_of("HTTPServer") == "http server"
    assert keywords_of("The session cookie is signed with a derived key.") == "session cookie signed derived key"
    assert project_word("golang-github-miekg-dns-dev") == "miekg dns"
    assert project_word("@babel/core") == "babel core"


def test_identifiers_become_words():
    gold = "def sign_cookie(max_age):\n    return deriveKey(max_age)"
    assert without_identifiers("Sign_cookie limits max_age by deriveKey().", "sign_cookie", gold) == \
        "Sign cookie limits max age by derive key."
    assert without_identifiers("Works like JavaScript does.", "sign_cookie", gold) == "Works like JavaScript does."


def test_first_sentence_loses_the_name_it_documents():
    assert first_sentence("ServeHTTP dispatches the request to the handler. More.", "ServeHTTP") == \
        "Dispatches the request to the handler."
    assert first_sentence("{@inheritDoc} and some more words here") is None
    assert first_sentence("Copyright 2020 by the authors of this file") is None


def test_code_that_is_commented_out_is_no_comment():
    assert body_comment("return compute(a, b, c, d);") is None
    assert body_comment("value = first + second of them") is None
    assert body_comment("TODO: make this faster some day") is None
    assert body_comment("keep the order of the keys stable") == "Keep the order of the keys stable"


def test_messages_are_filled_as_a_user_pastes_them():
    message = fill_message("cannot open file %s: {reason}")
    assert re.fullmatch(r"cannot open file \S+: [a-z ]+", message) and "%" not in message
    assert fill_message("cannot open file %s: {reason}") == message  # the same at every run
    assert fill_message("%s: %d") is None


SEEDS = (
    ("doc", "Signs the session cookie with a key that sign_cookie derives.", "sign_cookie"),
    ("doc", "Return the number of items in the ItemStore when the store is open.", "ItemStore"),
    ("comment", "Keep the order of max_age stable because clients rely on it", "readHeaders"),
    ("section", "The ItemStore holds what derive_key has signed for later use.", "ItemStore"),
    ("test", "Sign cookie refuses an expired key", "sign_cookie"),
    ("error", "no project file above the folder given", "findRoot"),
)
LINES = ["def sign_cookie(max_age):", "    ItemStore.readHeaders(max_age)", "    return derive_key(findRoot(max_age))"]


def asked(shares, count=300):
    rng = random.Random(3)
    for kind, seed, name in SEEDS:
        record = {"project": "shop", "language": "python", "path": "shop/cookies.py", "lines": LINES}
        pair = {"kind": kind, "question": seed, "name": name, "startLine": 0, "endLine": 2}
        for _ in range(count):
            yield name, ask(record, pair, rng, shares)


def test_most_questions_hold_no_identifier_of_the_gold():
    identifiers = re.compile(r"sign_cookie|max_age|ItemStore|readHeaders|derive_key|findRoot", re.I)
    for shares, least in ((FIRST_QUESTION_SHARES, 0.8), (SECOND_QUESTION_SHARES, 0.4)):
        questions = [question for _, question in asked(shares)]
        assert sum(not identifiers.search(question) for question in questions) >= least * len(questions)
    both = [question for shares in (FIRST_QUESTION_SHARES, SECOND_QUESTION_SHARES) for _, question in asked(shares)]
    assert sum(not identifiers.search(question) for question in both) >= len(both) / 2


def test_description_style_never_names_the_gold():
    assert not [question for name, question in asked((0.0, 0.0)) if name in question]


def test_questions_vary():
    questions = [question for _, question in asked(FIRST_QUESTION_SHARES)]
    assert len(set(questions)) > 0.2 * len(questions)
    assert all(1 <= len(question.split()) <= 40 for question in questions)
    assert any(question[0].islower() and not question.endswith("?") for question in questions)
    tables = [table for name, table in vars(wording).items() if isinstance(table, tuple) and name.isupper()]
    assert len({template for table in tables for template in table if "{" in template}) >= 60


def test_no_placeholder_remains():
    assert not [question for _, question in asked((0.3, 0.3)) if "{" in question]


def test_paraphrases_are_asked_as_they_stand():
    record = {"project": "shop", "language": "python", "path": "a.py", "lines": LINES}
    pair = {"kind": "paraphrase", "question": "Where do cookies get their key?", "name": "", "startLine": 0, "endLine": 1}
    assert ask(record, pair, random.Random(1), (0.5, 0.5)) == "Where do cookies get their key?"
