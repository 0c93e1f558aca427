"""The two people's names, by which sentences are read: a network tells them apart better than a first and a second."""

import re

NAMES = FIRST, SECOND = "Adam", "Ben"  # a word each, for MiniLM
A_PERSON = re.compile(r"\b(?:person ([ab12])|the (first|second) (?:person|one))\b", re.IGNORECASE)
A_PLACE = re.compile(r"\bthe (first|second)(?= *$| *[.,;:!?]| \w+s\b)", re.IGNORECASE)  # "sits", not "time"
BOTH = re.compile(rf"\b({FIRST}|{SECOND})\b")


def named(sentence: str) -> str:
    """A sentence with the two people by their NAMES, instead of person A and B, or the first and the second one."""
    if not A_PERSON.search(sentence):
        return sentence

    def name(match: re.Match) -> str:
        return FIRST if next(filter(None, match.groups())).lower() in ("a", "1", "first") else SECOND

    return A_PLACE.sub(name, A_PERSON.sub(name, sentence))


def exchanged(sentence: str) -> str:
    """A sentence with the two people exchanged and by their names, "" if it tells of neither."""
    sentence = named(sentence)
    if not BOTH.search(sentence):
        return ""
    return BOTH.sub(lambda match: SECOND if match[0] == FIRST else FIRST, sentence)
