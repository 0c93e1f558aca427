"""Training clips as the networks read them, made once and kept in a folder: rows.npy (memory-mapped) and clips.json."""
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..features import WIDTH, motion_rows
from ..files import replacing
from .choreography import FAMILIES, choreograph

# Scenes kept out of training, per family; their seeds start here, out of reach of the training seeds.
HELD_OUT_SCENES = 24
HELD_OUT_SEED = 1_000_000


@dataclass(frozen=True)
class DataConfig:
    """The choreographed set: how many scenes of each family, their lengths in frames, and the first seed."""

    scenes_per_family: int
    min_frames: int = 60
    max_frames: int = 180
    seed: int = 0


@dataclass(frozen=True)
class Clips:
    """Clips one after the other: rows (frames of all clips, 2, 262), and per clip its first row, length and notes."""

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    families: list[str]
    texts: list[list[str]]

    def clip(self, index: int) -> np.ndarray:
        """Rows (2, T, 262) of one clip, both people in person A's frame."""
        start = self.starts[index]
        return np.swapaxes(self.rows[start : start + self.lengths[index]], 0, 1)


def training_clips(config: DataConfig, folder: Path) -> Clips:
    """The choreographed training set, made in `folder` if it is not there yet."""
    return _prepared(config, folder / "training", config.scenes_per_family, config.seed)


def held_out_clips(config: DataConfig, folder: Path) -> Clips:
    """Scenes of the same families from seeds that training never sees; their texts are the held-out wordings."""
    return _prepared(config, folder / "held_out", HELD_OUT_SCENES, HELD_OUT_SEED)


def _prepared(config: DataConfig, folder: Path, count: int, first_seed: int) -> Clips:
    notes_path = folder / "clips.json"
    if not notes_path.exists() or json.loads(notes_path.read_text("utf-8"))["config"] != asdict(config):
        _make(config, folder, count, first_seed)
    notes = json.loads(notes_path.read_text("utf-8"))
    lengths = np.array(notes["lengths"])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return Clips(np.load(folder / "rows.npy", mmap_mode="r"), starts, lengths, notes["families"], notes["texts"])


def _make(config: DataConfig, folder: Path, count: int, first_seed: int) -> None:
    """Choreograph `count` scenes of each family; the notes are written last, so that a cut-off run starts anew."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(family, first_seed + n, config) for n in range(count) for family in FAMILIES]
    scenes = []
    with ProcessPoolExecutor() as pool:
        for scene in tqdm(pool.map(_scene, jobs, chunksize=8), total=len(jobs), desc="choreography", unit="scene"):
            scenes.append(scene)
    np.save(folder / "rows.npy", np.concatenate([rows for rows, _ in scenes]).astype(np.float32))
    notes = {
        "config": asdict(config),
        "lengths": [len(rows) for rows, _ in scenes],
        "families": [family for family, _, _ in jobs],
        "texts": [texts for _, texts in scenes],
    }
    with replacing(folder / "clips.json") as partial:
        Path(partial).write_text(json.dumps(notes), "utf-8")


def _scene(job: tuple[str, int, DataConfig]) -> tuple[np.ndarray, list[str]]:
    """Rows (T, 2, 262) and texts of one scene; a length from the family and seed, so that all lengths come up."""
    family, seed, config = job
    length = np.random.default_rng([seed, list(FAMILIES).index(family)])
    frames = int(length.integers(config.min_frames, config.max_frames + 1))
    scene = choreograph(family, seed, frames)
    rows = np.stack(motion_rows(scene.motion), axis=1)
    assert rows.shape == (frames - 1, 2, WIDTH) and np.isfinite(rows).all(), (family, seed)
    return rows.astype(np.float32), scene.test_texts if seed >= HELD_OUT_SEED else scene.texts
