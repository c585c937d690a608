"""How a documented definition is asked for: by what it does, by its name, or by both."""

import random
import re

BY_DESCRIPTION = (
    "{text}", "{text}", "{text}",
    "Where does {project} {clause}?",
    "How does the code {clause}?",
    "Which part of the code is responsible for this: {text}",
    "{text} How is this implemented?",
    "What happens when {project} has to {clause}?",
    "Why is there code to {clause}?",
    "What code is there to {clause}?",
    "Explain how {project} handles this: {text}",
    "Where would I change this behavior: {text}",
)
BY_NAME = (
    "What does {name} do?", "Where is {name} defined?", "How does {name} work?", "Explain {name}.", "{name}",
    "Why does {project} need {name}?", "What is the purpose of {words} in {file}?", "How is {words} implemented?",
    "Where can I find the {words} code?",
)
BY_BOTH = ("{name}: {text}", "{text} ({name})", "How does {name} {clause}?", "Why does {words} {clause}?")

# Shares of (by name, by both); the rest is by description.
FIRST_QUESTION_SHARES = (0.08, 0.12)
SECOND_QUESTION_SHARES = (0.32, 0.48)


def words_of(name: str) -> str:
    """getItemCount, get_item_count -> get item count"""
    return " ".join(re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)).lower() or name


def clause_of(text: str) -> str:
    """Returns the size. -> return the size: a verb that can follow "does"."""
    clause = (text[0].lower() + text[1:]).rstrip(".?!")
    verb, _, rest = clause.partition(" ")
    if len(verb) > 3 and verb.isalpha() and verb.endswith("s") and not verb.endswith(("ss", "us", "is")):
        if verb.endswith("ies"):
            verb = verb[:-3] + "y"
        else:
            verb = verb[:-2] if verb.endswith(("ches", "shes", "sses", "xes", "zzes")) else verb[:-1]
    return f"{verb} {rest}"


def ask(record: dict, definition: dict, rng: random.Random, shares: tuple[float, float]) -> str:
    """One question for a definition of a file record of pairs.jsonl."""
    draw, (nameShare, bothShare) = rng.random(), shares
    templates = BY_NAME if draw < nameShare else BY_BOTH if draw < nameShare + bothShare else BY_DESCRIPTION
    text, name = definition["question"], definition["name"]
    clause = clause_of(text)
    return rng.choice(templates).format(
        text=text, clause=clause, name=name, words=words_of(name),
        project=record["project"].split("/")[-1], file=record["path"].split("/")[-1])
