"""Two-person scenes made from rules: families of interactions built from shared motion primitives."""

import zlib

import numpy as np

from .body import random_body
from .curves import FPS
from .families import FAMILIES
from .scene import Scene, record

LONGEST = 10.0  # seconds
MOST_TEXTS = 40  # of a scene

__all__ = ["FAMILIES", "LONGEST", "Scene", "choreograph"]


def choreograph(family: str, seed: int, frames: int | None = None) -> Scene:
    """Make one scene of a family, always the same for the same arguments; the length is drawn when not given.

    In half of the scenes of a family with two roles it is B who does the deed; then parameters["doer"] is "B".
    Raises KeyError for an unknown family.
    """
    chosen = FAMILIES[family]
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed, frames or 0])
    frames = frames or round(FPS * np.exp(rng.uniform(np.log(chosen.shortest), np.log(LONGEST))))
    bodies = (random_body(rng), random_body(rng))
    doer = "B" if chosen.acting and rng.uniform() < 0.5 else "A"
    pair, parameters = chosen.perform(rng, np.arange(frames) / FPS, bodies)
    parameters |= {"doer": doer, "heights": tuple(round(body.height, 3) for body in bodies)}
    texts, test_texts = chosen.wordings.sentences(parameters)
    motion = record(pair if doer == "A" else pair[::-1])
    return Scene(motion, _some(rng, texts), _some(rng, test_texts), parameters, family)


def _some(rng: np.random.Generator, texts: list[str]) -> list[str]:
    """At most MOST_TEXTS of the texts, always with the first one."""
    if len(texts) <= MOST_TEXTS:
        return texts
    return texts[:1] + [texts[i] for i in sorted(rng.choice(len(texts) - 1, MOST_TEXTS - 1, replace=False) + 1)]
