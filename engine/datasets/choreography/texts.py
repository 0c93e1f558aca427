"""Sentences: patterns with slots, filled with every choice of words that is true of a scene.

A slot that may be left unsaid offers the empty string; a slot that offers nothing rules its pattern out.

Who does the deed is said with {One} ... {other}: "One person pushes the other", "The first person pushes the second
one", and when it is B "The second person pushes the first one". {First} ... {second} are the same without the vague
pairs, for passive sentences: "{Second} is pushed by {first}". A pattern with none of these names the doer first, so it
is only said of scenes in which that is A. `one`, `other`, `first`, `second` are the small-letter forms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product, zip_longest
from string import Formatter

import numpy as np

Slots = dict[str, tuple[str, ...]]

ADVERBS = {
    "slow": (" slowly", " in a slow, careful way", " without any hurry"),
    "fast": (" quickly", " in a hurry", " briskly"),
    "energetic": (" energetically", " with a lot of energy", " enthusiastically"),
    "gentle": (" gently", " calmly", " softly"),
    "angry": (" angrily", " in an angry way", " full of anger"),
    "friendly": (" in a friendly way", " kindly", " warmly"),
}

VAGUE_SLOTS, ORDERED_SLOTS = {"One", "one", "Other", "other"}, {"First", "first", "Second", "second"}
VAGUE = (("one person", "the other"), ("a person", "another person"), ("one person", "the other person"))
ORDERED = {
    "A": (("the first person", "the second one"), ("the first person", "the second person"), ("person A", "person B")),
    "B": (("the second person", "the first one"), ("the second person", "the first person"), ("person B", "person A")),
}


@dataclass(frozen=True)
class Wordings:
    """A family's sentence patterns. `slots` tells from a scene's parameters the choices for every slot."""

    training: tuple[str, ...]
    test: tuple[str, ...]
    slots: Callable[[dict], Slots]

    def sentences(self, rng: np.random.Generator, parameters: dict, most: int) -> tuple[list[str], list[str]]:
        """Training and held-out sentences that are true of a scene with these parameters, at most so many of each.

        parameters["manner"] is a key of ADVERBS or "plain"; parameters["doer"] is "A" or "B".
        """
        slots = {"how": ("",) + ADVERBS.get(parameters["manner"], ())} | self.slots(parameters)
        doer = parameters["doer"]
        return draw(rng, self.training, slots, doer, most), draw(rng, self.test, slots, doer, most)


def draw(rng: np.random.Generator, patterns: tuple[str, ...], slots: Slots, doer: str, most: int) -> list[str]:
    """At most so many sentences, without repeats, the first filling of the first pattern that can be said in front.

    No pattern comes again before every other has come: many fillings of one are still the same words.
    """
    groups = [said for pattern in patterns if (said := fill((pattern,), slots, doer))]
    shuffled = [rng.permutation(groups[number]).tolist() for number in rng.permutation(len(groups))]
    rounds = [sentence for part in zip_longest(*shuffled) for sentence in part if sentence]
    return list(dict.fromkeys(groups[0][:1] + rounds))[:most]


def fill(patterns: tuple[str, ...], slots: Slots, doer: str = "A") -> list[str]:
    """Every pattern with every choice of its slots, without repeats."""
    sentences = []
    for pattern in patterns:
        names = {name for _, name, _, _ in Formatter().parse(pattern) if name}
        roles = _roles(names, doer)
        names = sorted(names - VAGUE_SLOTS - ORDERED_SLOTS)
        for role, *words in product(roles, *(slots[name] for name in names)):
            sentences.append(pattern.format(**role, **dict(zip(names, words, strict=True))))
    return list(dict.fromkeys(sentences))


def _roles(names: set[str], doer: str) -> list[dict[str, str]]:
    """The words for the two people in a pattern with these slots."""
    if names & ORDERED_SLOTS:
        keys, pairs = ("first", "second"), ORDERED[doer]
    elif names & VAGUE_SLOTS:
        keys, pairs = ("one", "other"), (VAGUE if doer == "A" else ()) + ORDERED[doer]
    else:
        return [{}] if doer == "A" else []
    small = [dict(zip(keys, pair, strict=True)) for pair in pairs]
    return [role | {key.capitalize(): word[0].upper() + word[1:] for key, word in role.items()} for role in small]


def approach_slots(walks: str) -> Slots:
    """Words for who walks up to whom: slots `walking` (may be unsaid), `both_walk`, `one_walks`, `other_walks`."""
    walking = {
        "both": ("", " walk up to each other and", " step towards each other and", " approach each other and"),
        "none": ("", " stand face to face and"),
    }
    return {
        "walking": walking.get(walks, ("",)),
        "both_walk": (("",) if walks == "both" else ()),
        "one_walks": (("walks up to", "steps up to", "goes over to") if walks == "A" else ()),
        "other_walks": (("walks up to", "comes over to") if walks == "B" else ()),
    }
