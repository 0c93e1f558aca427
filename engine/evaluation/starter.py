"""Does the starter model do what its sentences say? One table over its families, next to its training data."""

import hashlib
import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..datasets.choreography import FAMILIES, choreograph
from ..datasets.prepared import HELD_OUT_SEED
from ..motion import Motion
from ..pipeline import InterMask
from . import scene_checks

SECONDS = 3.0
COLUMNS = {
    "plain": "success, plain sentence",
    "unseen": "success, unseen wordings",
    "data": "success, training data",
    "slide": "foot slide mm/frame",
    "data_slide": "foot slide, data",
    "lowest": "lowest joint mm",
    "off_floor": "clips off the floor",
    "spread": "spread / data's",
}


def evaluate(folder: Path, seeds: int, out: Path | None) -> dict:
    """Print the table for a model directory, write it to `out` if given, and return it.

    Everything is measured on the engine's own output. A clip is off the floor if someone's lowest joint is under
    -3 cm or over +5 cm for more than 5 frames. Spread is the standard deviation of joint places between clips.
    """
    model = InterMask.load(folder)
    table = {family: family_figures(model, family, seeds) for family in tqdm(FAMILIES, desc="families")}
    names = table[next(iter(table))].keys()
    table["all"] = {name: float(np.mean([row[name] for row in table.values()])) for name in names}
    print(as_markdown(table))
    if out:
        report = {"weights": weights_sum(folder), "seeds": seeds, "seconds": SECONDS, "table": table}
        out.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return table


def family_figures(model: InterMask, family: str, seeds: int) -> dict[str, float]:
    """One row of the table, see COLUMNS."""
    frames = round(SECONDS * model.model.config.fps)
    plain = [model.generate(FAMILIES[family].plain, SECONDS, seed) for seed in range(seeds)]
    scenes = [choreograph(family, HELD_OUT_SEED + seed, frames) for seed in range(seeds)]
    unseen = []
    for seed, scene in enumerate(scenes):
        wording = scene.test_texts[seed % len(scene.test_texts)]
        unseen.append(model.generate(wording, SECONDS, seed))
    data = [scene.motion for scene in scenes]
    physics = [scene_checks.physics(motion.joint_positions) for motion in plain + unseen]
    off_floor = [part["floating_frames"] > 5 or part["below_frames"] > 5 for part in physics]
    return {
        "plain": success(family, plain),
        "unseen": success(family, unseen),
        "data": success(family, data),
        "slide": float(np.mean([part["foot_slide_planted_mm"] for part in physics])),
        "data_slide": float(np.mean([scene_checks.physics(m.joint_positions)["foot_slide_planted_mm"] for m in data])),
        "lowest": float(min(part["lowest_mm"] for part in physics)),
        "off_floor": float(np.mean(off_floor)),
        "spread": spread(plain) / spread(data),
    }


def success(family: str, motions: list[Motion]) -> float:
    """Share of motions that pass the family's own check."""
    return float(np.mean([scene_checks.check(family, motion.joint_positions) for motion in motions]))


def spread(motions: list[Motion]) -> float:
    """Standard deviation in metres of joint places between clips of one length, the mean over joints and frames."""
    places = np.stack([motion.joint_positions for motion in motions])
    return float(np.sqrt(places.var(axis=0).sum(-1)).mean())


def weights_sum(folder: Path) -> str:
    """SHA-256 over the files that make a model what it is."""
    digest = hashlib.sha256()
    for name in ("config.json", "vqvae.safetensors", "transformer.safetensors"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def as_markdown(table: dict[str, dict[str, float]]) -> str:
    """The table as Markdown, for the screen and the model card."""
    lines = ["| family | " + " | ".join(COLUMNS.values()) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
    for family, row in table.items():
        cells = [f"{row[name]:.0%}" if name in ("plain", "unseen", "data", "off_floor") else f"{row[name]:.2f}"
                 for name in COLUMNS]  # fmt: skip
        lines.append(f"| {family.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
