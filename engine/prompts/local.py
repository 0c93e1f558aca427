"""Makes clips on this machine."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..batches import Batches
from ..errors import EngineError
from ..motion import Motion
from ..pipeline import InterMask
from .prompt_file import Clip

# Clips that were worked on together, and their motions, or why there are none.
Outcome = tuple[Sequence[Clip], list[Motion] | str]


class Maker:
    """A model that makes clips, as many at once as `batch` says, or as fit into memory."""

    def __init__(self, folder: Path, device: str, batch: int):
        self.model = InterMask.load(folder, device)
        self.batches = Batches(batch)

    def make(self, clips: Sequence[Clip]) -> list[Motion]:
        """Their motions; a seed gives what it gives alone, up to rounding. Raises EngineError."""
        return [motion for part in self.batches.run(clips, self._together) for motion in part]

    def _together(self, clips: Sequence[Clip]) -> list[Motion]:
        seconds, seeds = [clip.seconds for clip in clips], [clip.seed for clip in clips]
        return self.model.generate_many([clip.prompt for clip in clips], seconds, seeds)


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
