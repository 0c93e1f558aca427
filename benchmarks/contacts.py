"""How well contacts outlive a change of bodies: prints a table. It takes some minutes to generate the scenes.

    .venv/bin/python -m benchmarks.contacts [FOLDER]

Twenty handshakes, high fives and pushes of the starter model (or of the model in FOLDER) go onto pairs of bodies of
0.8, 1.0 and 1.2 times their size, first as they are, then with contacts kept.
"""

import itertools
import sys
import time
from dataclasses import dataclass

import numpy as np

from engine.datasets.choreography import FAMILIES
from engine.model_folders import STARTER
from engine.motion import Motion
from engine.pipeline import InterMask
from engine.skeleton import PARENTS
from intermask_blender.retarget.contacts import HANDS, PARTS, TOES, find_plants, find_touches, nearest, spot
from intermask_blender.retarget.feet import leg_ratios
from intermask_blender.retarget.keep_contacts import fitted
from intermask_blender.retarget.meeting import Wish, on_trunk, wishes
from intermask_blender.retarget.posed import PALMS, Posed, posed
from intermask_blender.retarget.proportions import adapted

SCENES = ("shake_hands", "high_five", "push")
SCALES = (0.8, 1.0, 1.2)
SEEDS, SECONDS = 20, 3.0
KEPT = 0.03  # metres, as of the source's people


@dataclass(frozen=True)
class Figures:
    """What became of one motion on other bodies, in the source's scale.

    misses: metres, for each touch the median over its frames of how far the palm is from where it should be against
    what it touches; on a body anywhere along the touched part, or on
    the trunk instead of the shoulders. slides: metres per frame, for each planted toe joint
    the most. peak: the largest acceleration of any joint in the clip against the source's; lengths: the largest change
    of a bone's length in metres.
    """

    misses: list[float]
    slides: list[float]
    peak: float
    lengths: float


def compare(source: Motion, result: Motion) -> Figures:
    """Measure how a motion came onto other bodies."""
    before, after = posed(source), posed(result)
    scale = float((after.sizes / before.sizes).mean())
    legs = leg_ratios(source.bone_offsets, result.bone_offsets)
    misses = []
    for wish in wishes(before, result.bone_offsets):
        places = [wish, on_trunk(wish)] if wish.touch.part == "shoulders" else [wish]
        misses.append(min(miss(place, after) for place in places) / scale)
    slides = []
    for plant in find_plants(before):
        if plant.joint in TOES:
            path = after.positions[plant.person, plant.start : plant.stop, plant.joint]
            slides.append(float(np.linalg.norm(np.diff(path, axis=0), axis=-1).max() / legs[plant.person]))
    peaks = [np.linalg.norm(np.diff(people.positions, n=2, axis=1), axis=-1) for people in (before, after)]
    peak = float((peaks[1] / legs[:, None, None]).max() / peaks[0].max())
    return Figures(misses, slides, peak, bone_error(result))


def miss(wish: Wish, people: Posed) -> float:
    """Metres, the median over a touch, that a palm is off the place where it was wished anywhere along the part."""
    touch, other = wish.touch, people.points[1 - wish.touch.person]
    goal = people.points[touch.person][:, PALMS[touch.side]] - wish.offset
    place = spot(other, touch.part, nearest(other[:, PARTS[touch.part][0]], goal))
    return float(np.median(np.linalg.norm(goal - place, axis=-1)[touch.start : touch.stop]))


def bone_error(motion: Motion) -> float:
    """Metres by which a posed bone is longer or shorter than it should be."""
    positions, lengths = motion.joint_positions, np.linalg.norm(motion.bone_offsets, axis=-1)
    parents = list(PARENTS[1:])
    bones = np.linalg.norm(positions[:, :, 1:] - positions[:, :, parents], axis=-1)
    return float(np.abs(bones - lengths[:, None, 1:]).max())


def scaled(motion: Motion, scales: tuple[float, float]) -> np.ndarray:
    """The people's bone offsets (2, 22, 3) made larger or smaller."""
    return motion.bone_offsets * np.array(scales)[:, None, None]


def main() -> None:
    """Generate, retarget, print."""
    model = InterMask.load(sys.argv[1] if len(sys.argv) > 1 else STARTER, "cpu")
    print("| scene | bodies | touches kept, off | on | foot slide, off | on | acceleration, off | on |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    everything: dict[bool, list[Figures]] = {False: [], True: []}
    touched, took = [], []
    for scene in SCENES:
        prompt = FAMILIES[scene].plain
        motions = model.generate_many([prompt] * SEEDS, SECONDS, range(SEEDS))
        hands = sum(any(touch.part in HANDS for touch in find_touches(posed(motion))) for motion in motions)
        touched.append(f"{scene} {hands} of {SEEDS}")
        for scales in itertools.product(SCALES, SCALES):
            figures: dict[bool, list[Figures]] = {False: [], True: []}
            for motion in motions:
                source, offsets = posed(motion), scaled(motion, scales)
                plain = adapted(source, offsets, wishes(source, offsets))[0].motion
                began = time.process_time()
                kept = fitted(motion, offsets)
                took.append(time.process_time() - began)
                figures[False].append(compare(motion, plain))
                figures[True].append(compare(motion, kept))
            print(row(scene, f"{scales[0]} / {scales[1]}", figures), flush=True)
            for keeping, ones in figures.items():
                everything[keeping] += ones
    print(row("all", "", everything))
    print(f"\nClips in which a hand touches a hand: {', '.join(touched)}.")
    print(f"Longest change of a bone: {1000 * max(one.lengths for one in everything[True]):.4f} mm.")
    over = np.mean([one.peak > 1.5 for one in everything[True]])
    print(f"Clips with an acceleration over 1.5 times the source's: {over:.1%}.")
    print(f"Processor time for a clip of {SECONDS:g} s: {1000 * np.median(took):.0f} ms.")


def row(scene: str, bodies: str, figures: dict[bool, list[Figures]]) -> str:
    """A line of the table: shares of touches within 3 cm, the worst slide in mm a frame, the worst acceleration."""
    cells = [scene, bodies]
    for measure in (kept_share, worst_slide, worst_peak):
        cells += [measure(figures[keeping]) for keeping in (False, True)]
    return "| " + " | ".join(cells) + " |"


def kept_share(figures: list[Figures]) -> str:
    """How many of the touches are within 3 cm."""
    misses = np.array([miss for one in figures for miss in one.misses])
    return f"{(misses < KEPT).mean():.0%} of {len(misses)}" if len(misses) else "none"


def worst_slide(figures: list[Figures]) -> str:
    """The longest way of a planted toe in a frame."""
    return f"{1000 * max((slide for one in figures for slide in one.slides), default=0.0):.1f} mm"


def worst_peak(figures: list[Figures]) -> str:
    """The highest acceleration against the source's."""
    return f"{max(one.peak for one in figures):.2f}"


if __name__ == "__main__":
    main()
