"""Whether the parts of a chain join without a pop: prints a table. It takes some minutes to generate the chains.

    .venv/bin/python -m benchmarks.chains [FOLDER]

Five sentences of three seconds each by the starter model (or by the model in FOLDER), ten seeds. Steps are what a
person's joints go per frame in the mean; a step is told by the median of those in the second around it.
"""

import sys

import numpy as np

from engine.chain import SECOND, Beat
from engine.features import FEET
from engine.model_folders import STARTER
from engine.motion import Motion
from engine.pipeline import InterMask

PROMPTS = (
    "Two people bow to each other.",
    "Two people shake hands.",
    "Two people give each other a high five.",
    "Two people wave at each other.",
    "Two people bow to each other.",
)
SEEDS, SECONDS, NEAR = 10, 3.0, 4
BOUND = 2.0


def main() -> None:
    """Measure and print."""
    model = InterMask.load(sys.argv[1] if len(sys.argv) > 1 else STARTER)
    print("| seed | part | at the joint | of one person, near it | where the fade begins | feet, cm a frame |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    kept = []
    for seed in range(SEEDS):
        chain = model.chain([Beat(prompt, SECONDS) for prompt in PROMPTS], seed)
        for number, beat in enumerate(chain.settings["beats"][1:], 2):
            joint, person, fade, feet = measured(chain, beat["start"])
            kept.append((joint < BOUND, person < BOUND, fade < BOUND))
            print(
                f"| {seed} | {number} | {joint:.2f} | {person:.2f} | {fade:.2f} | {100 * feet:.1f} |",
                flush=True,
            )
    counts = ", ".join(map(str, np.sum(kept, axis=0)))
    print(f"\nLess than {BOUND:g} times the median: {counts} of {len(kept)}")


def measured(chain: Motion, start: int) -> tuple[float, float, float, float]:
    """Of a part that begins at a frame: the step there, the largest near there of a person alone, the step where the
    fade into it begins, each by its median; and the farthest that a foot goes in a frame until the part stands alone.
    """
    ways = np.linalg.norm(np.diff(chain.joint_positions, axis=1), axis=-1)
    steps = ways.mean(axis=2)
    pair = steps.mean(axis=0)
    person = max(by_median(whose, frame) for whose in steps for frame in range(start - NEAR, start + NEAR))
    feet = ways[:, start - SECOND : start + SECOND // 2][..., FEET].max()
    return by_median(pair, start), person, by_median(pair, start - SECOND), float(feet)


def by_median(steps: np.ndarray, frame: int) -> float:
    """The step that leads to a frame, by the median of the second around it."""
    return float(steps[frame - 1] / np.median(steps[frame - 15 : frame + 15]))


if __name__ == "__main__":
    main()
