"""Two-person scenes made from rules: families of interactions built from shared motion primitives."""

import zlib

import numpy as np

from .body import random_body
from .bow import BOW
from .curves import FPS
from .high_five import HIGH_FIVE
from .push import PUSH
from .scene import Family, Scene, record
from .shake_hands import SHAKE_HANDS
from .walk_past import WALK_PAST
from .wave import WAVE

FAMILIES: dict[str, Family] = {
    "shake_hands": SHAKE_HANDS,
    "high_five": HIGH_FIVE,
    "bow": BOW,
    "wave": WAVE,
    "walk_past": WALK_PAST,
    "push": PUSH,
}
SHORTEST, LONGEST = 60, 180  # frames


def choreograph(family: str, seed: int, frames: int | None = None) -> Scene:
    """Make one scene of a family, always the same for the same arguments; the length is drawn when not given.

    Person A starts near the origin facing about +Z with B in front. Raises KeyError for an unknown family.
    """
    chosen = FAMILIES[family]
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed, frames or 0])
    frames = frames or int(rng.integers(SHORTEST, LONGEST + 1))
    bodies = (random_body(rng), random_body(rng))
    pair, parameters = chosen.perform(rng, np.arange(frames) / FPS, bodies)
    texts, test_texts = chosen.wordings.sentences(parameters)
    parameters |= {"heights": tuple(round(body.height, 3) for body in bodies)}
    return Scene(record(pair), texts, test_texts, parameters, family)
