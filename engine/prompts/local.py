"""Makes clips on this machine."""

import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from ..batches import Batches
from ..errors import EngineError
from ..motion import Motion
from ..pipeline import InterMask
from .prompt_file import Clip

# Clips that were worked on together, and their motions, or why there are none.
Outcome = tuple[Sequence[Clip], list[Motion] | str]


class Maker:
    """The model in a folder, which makes as many clips at once as `batch` says, or as fit into memory.

    It is loaded when it is first needed, so that a cluster's workers can tell why it is not.
    """

    def __init__(self, folder: Path, device: str, batch: int):
        self.folder, self.device = folder, device
        self.batches = Batches(batch)

    @cached_property
    def model(self) -> InterMask:
        """The model, ready to work. Raises EngineError."""
        return InterMask.load(self.folder, self.device)

    def make(self, clips: Sequence[Clip]) -> list[Motion]:
        """Their motions; a seed gives what it gives alone, up to rounding. Raises EngineError."""
        generate = self.model.generate_many

        def together(part: Sequence[Clip]) -> list[Motion]:
            seconds, seeds = [clip.seconds for clip in part], [clip.seed for clip in part]
            return generate([clip.prompt for clip in part], seconds, seeds)

        return [motion for motions in self.batches.run(clips, together) for motion in motions]


def make_here(batches: Sequence[Sequence[Clip]], folder: Path, device: str, batch: int) -> Iterator[Outcome]:
    """Make one batch after the other with the model in `folder`. Raises EngineError if it can't be loaded."""
    maker = Maker(folder, device, batch)
    print(f"{maker.model.model.config.name} on {maker.model.device}", file=sys.stderr)
    for clips in batches:
        try:
            outcome = maker.make(clips)
        except EngineError as error:
            outcome = str(error)
        yield clips, outcome
