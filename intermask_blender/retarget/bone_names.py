"""Bone names told apart from the ways of writing them: prefixes, case, separators, and how a side is marked."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

LEFT, RIGHT, CENTRE = "left", "right", ""
SIDES = {"left": LEFT, "right": RIGHT, "l": LEFT, "r": RIGHT, "左": LEFT, "右": RIGHT}
SEPARATORS = re.compile(r"[\s_.\-]+")
NAMESPACE = re.compile(r"^.*[:|]")
# A prefix that so many bones share, and at least so large a part of them, says nothing about the single bone.
COMMON_COUNT, COMMON_SHARE, MOST_TOKENS = 8, 0.25, 5

Key = tuple[str, str]  # side and stem


@lru_cache(maxsize=8192)  # every family asks for the same names
def readings(name: str) -> tuple[Key, ...]:
    """The ways to read a bone's name as a side and a stem of lower-case letters and digits, the likeliest first.

    "upperarm_l", "L_UpperArm", "LeftUpperArm" and "左UpperArm" all read as ("left", "upperarm"). A lone l or r at an
    end may belong to the word ("lowerarm", "ankler"), so that other readings follow; who looks a key up finds out.
    """
    tokens = _tokens(name)
    found = []
    for index, token in enumerate(tokens):
        if token in SIDES and len(tokens) > 1:
            found.append((SIDES[token], "".join(tokens[:index] + tokens[index + 1 :])))
    stem = "".join(tokens)
    for word, side in SIDES.items():
        if stem.startswith(word) and len(stem) > len(word):
            found.append((side, stem[len(word) :]))
        if stem.endswith(word) and len(stem) > len(word):
            found.append((side, stem[: -len(word)]))
    found.append((CENTRE, stem))
    return tuple(dict.fromkeys(found))


def common_prefixes(names: tuple[str, ...]) -> list[str]:
    """Prefixes up to a separator that many bones of a rig share, as stems; of those that always go together, the
    longest."""
    counts: Counter[str] = Counter()
    for name in names:
        tokens = _tokens(name)
        counts.update({"".join(tokens[:length]) for length in range(1, min(len(tokens), MOST_TOKENS + 1))})
    enough = max(COMMON_COUNT, COMMON_SHARE * len(names))
    common = {prefix: count for prefix, count in counts.items() if count >= enough and prefix not in SIDES}
    return [
        prefix
        for prefix, count in common.items()
        if not any(other.startswith(prefix) and common[other] > 0.9 * count for other in common if other != prefix)
    ]


def without_prefix(name: str, prefix: str) -> str:
    """The name without a prefix given as a stem; the name itself if it doesn't start so."""
    tokens = _tokens(name)
    stem = ""
    for index, token in enumerate(tokens[:-1]):
        stem += token
        if stem == prefix:
            return "_".join(tokens[index + 1 :])
    return name


def namespace(name: str) -> str:
    """What stands before the last ":" or "|" of a name."""
    match = NAMESPACE.match(name)
    return match.group(0) if match else ""


def stem_of(text: str) -> str:
    """Lower-case letters and digits of a text alone."""
    return "".join(_tokens(text))


def _tokens(name: str) -> list[str]:
    plain = NAMESPACE.sub("", unicodedata.normalize("NFKC", name)).lower()
    return [token for token in SEPARATORS.split(plain) if token]
