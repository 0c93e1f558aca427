"""What reading a data set found: how much of it is used, what was skipped and why, and remarks about the rest."""

from dataclasses import asdict, dataclass

import numpy as np

from .clip_checks import SPLITS

EXAMPLES = 3  # clips named for each reason
# The hands of two people who do something together move at 0.4 m/s on the whole, a little more or less as they do it;
# at 120 frames a second that are taken for 30 it is a quarter.
HAND_SPEEDS = (0.15, 3.0)


@dataclass(frozen=True)
class ClipReport:
    """dataset, source: what was read. clips: notes of those that are used. skipped: name -> reason.

    hand_speed: metres per second, the median of the clips' means. unlisted: how many motions no split has.
    """

    dataset: str
    source: str
    fps: int
    clips: dict[str, int]
    minutes: dict[str, float]
    skipped: dict[str, str]
    remarks: dict[str, list[str]]
    unlisted: int
    hand_speed: float

    @classmethod
    def of(cls, files, source: str, notes: list[dict]) -> "ClipReport":
        """The report of notes on every clip that a split names; see pair_cache.prepare."""
        used = [note for note in notes if "skipped" not in note]
        frames = {s: [note["frames"] for note in used if s in note["splits"]] for s in SPLITS if s in files.splits}
        return cls(
            files.name,
            source,
            files.fps,
            {split: len(counts) for split, counts in frames.items()},
            {split: round(sum(counts) / files.fps / 60, 2) for split, counts in frames.items()},
            {note["name"]: note["skipped"] for note in notes if "skipped" in note},
            {note["name"]: note["remarks"] for note in used if note["remarks"]},
            len(files.motion_names() - {note["name"] for note in notes}),
            round(float(np.median([note["hand_speed"] for note in used])), 3) if used else 0.0,
        )

    def as_json(self) -> dict:
        """For report.json."""
        return asdict(self)

    def table(self) -> str:
        """The report as text for a terminal."""
        lines = [f"{self.dataset} in {self.source}, {self.fps} frames per second", ""]
        lines += [f"  {'split':8}{'clips':>8}{'minutes':>10}"]
        lines += [f"  {split:8}{count:8}{self.minutes[split]:10.1f}" for split, count in self.clips.items()]
        lines += _grouped("Skipped", {name: [reason] for name, reason in self.skipped.items()})
        lines += _grouped("Used, but", self.remarks)
        if self.unlisted:
            lines += ["", f"{self.unlisted} motions are in no split and are not used."]
        low, high = HAND_SPEEDS
        if any(self.clips.values()) and not low < self.hand_speed < high:
            lines += ["", f"Hands move at {self.hand_speed} m/s: is this data set at {self.fps} frames per second?"]
        return "\n".join(lines)


def _grouped(title: str, reasons: dict[str, list[str]]) -> list[str]:
    """Lines that say how often each reason occurs, what is particular to a clip aside, with a few of the clips."""
    if not reasons:
        return []
    groups: dict[str, list[str]] = {}
    for name, sentences in reasons.items():
        for kind in sorted({sentence.split(":")[0] for sentence in sentences}):
            groups.setdefault(kind, []).append(name)
    lines = ["", f"{title}:"]
    for kind, names in sorted(groups.items(), key=lambda group: -len(group[1])):
        more = ", ..." if len(names) > EXAMPLES else ""
        lines.append(f"  {len(names):6} {kind} ({', '.join(names[:EXAMPLES])}{more})")
    return lines
