"""Two-person scenes made from rules: families of interactions built from shared motion primitives."""

import zlib
from dataclasses import replace

import numpy as np

from ...motion import Motion
from .body import random_body
from .curves import FPS
from .families import FAMILIES
from .scene import Family, Scene, record

SHORTEST, LONGEST = 1.0, 10.0  # seconds
MOST_TEXTS = 40  # of a scene

__all__ = ["FAMILIES", "LONGEST", "SHORTEST", "Scene", "choreograph"]


def choreograph(family: str, seed: int, frames: int | None = None) -> Scene:
    """Make one scene of a family, always the same for the same arguments; the length is drawn when not given.

    In half of the scenes of a family with two roles it is B who does the deed; then parameters["doer"] is "B".
    What takes longer than the wanted length is cut to its heart. Raises KeyError for an unknown family.
    """
    chosen = FAMILIES[family]
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed, frames or 0])
    frames = frames or round(FPS * np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST))))
    bodies = (random_body(rng), random_body(rng))
    doer = "B" if chosen.acting and rng.uniform() < 0.5 else "A"
    played = max(frames, round(FPS * chosen.shortest))
    pair, parameters = chosen.perform(rng, np.arange(played) / FPS, bodies)
    parameters |= {"doer": doer, "heights": tuple(round(body.height, 3) for body in bodies)}
    motion = record(pair if doer == "A" else pair[::-1])
    if played > frames:
        motion = _heart(rng, motion, frames, chosen)
    return Scene(motion, *chosen.wordings.sentences(rng, parameters, MOST_TEXTS), parameters, family)


def _heart(rng: np.random.Generator, motion: Motion, frames: int, family: Family) -> Motion:
    """A part of a motion, so many frames long, that is still a performance of the family if there is one."""
    positions = motion.joint_positions
    starts = range(0, motion.frames - frames + 1, 3)
    showing = [start for start in starts if family.check(positions[:, start : start + frames])]
    start = int(rng.choice(showing or starts))
    part = slice(start, start + frames)
    return replace(
        motion,
        root_positions=motion.root_positions[:, part],
        joint_rotations=motion.joint_rotations[:, part],
    )
