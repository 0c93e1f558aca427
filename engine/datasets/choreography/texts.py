"""Sentences: patterns with slots, filled with every choice of words that is true of a scene.

A slot that may be left unsaid offers the empty string; a slot that offers nothing rules its pattern out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from string import Formatter

Slots = dict[str, tuple[str, ...]]

ADVERBS = {
    "slow": (" slowly", " in a slow, careful way", " without any hurry"),
    "fast": (" quickly", " in a hurry", " briskly"),
    "energetic": (" energetically", " with a lot of energy", " enthusiastically"),
    "gentle": (" gently", " calmly", " softly"),
}


@dataclass(frozen=True)
class Wordings:
    """A family's sentence patterns. `slots` tells from a scene's parameters the choices for every slot."""

    training: tuple[str, ...]
    test: tuple[str, ...]
    slots: Callable[[dict], Slots]

    def sentences(self, parameters: dict) -> tuple[list[str], list[str]]:
        """Training and held-out sentences that are true of a scene with these parameters."""
        slots = {"how": ("",) + ADVERBS.get(parameters["manner"], ())} | self.slots(parameters)
        return fill(self.training, slots), fill(self.test, slots)


def fill(patterns: tuple[str, ...], slots: Slots) -> list[str]:
    """Every pattern with every choice of its slots, without repeats."""
    sentences = []
    for pattern in patterns:
        names = sorted({name for _, name, _, _ in Formatter().parse(pattern) if name})
        for words in product(*(slots[name] for name in names)):
            sentences.append(pattern.format(**dict(zip(names, words, strict=True))))
    return list(dict.fromkeys(sentences))


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
