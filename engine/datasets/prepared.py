"""Training clips as the networks read them, made once and kept in a folder: rows.npy (memory-mapped) and clips.json.

Pairs come from the choreography and, given a folder of motion capture, from its pairs; the people alone in it make a
set of their own, which only the VQ-VAE reads.
"""

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..features import WIDTH, mirror_rows, motion_rows
from ..files import replacing
from .choreography import FAMILIES, choreograph
from .choreography.curves import FPS
from .recorded import Sample, recorded_pairs, recorded_people

# The seeds of scenes that are kept out of training start here, out of reach of the training seeds.
HELD_OUT_SEED = 1_000_000
# Within 1 mm as far as 4 m from where person A starts, within 2 mm as far as 8 m.
PRECISION = np.float16
OPPOSITES = {"left": "right", "clockwise": "counterclockwise"}
OPPOSITES |= {word: opposite for opposite, word in OPPOSITES.items()}
OPPOSITES |= dict.fromkeys(("anticlockwise", "anti-clockwise", "counter-clockwise", "counter clockwise"), "clockwise")
SIDE = re.compile(rf"\b({'|'.join(OPPOSITES)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class DataConfig:
    """The training set: scenes of each family to train on and to hold out, their lengths in frames, the first seed.

    families: those to learn, all if none are named. mocap: a folder of motion capture laid out as mocap.py says; empty
    for none.
    """

    scenes_per_family: int
    held_out_per_family: int = 24
    families: tuple[str, ...] = ()
    min_frames: int = 30
    max_frames: int = 300
    seed: int = 0
    mocap: str = ""


@dataclass(frozen=True)
class Clips:
    """Clips one after the other: rows (frames of all clips, people, 262), and per clip its first row, length and notes.

    mirrored: per clip, whether it is to be read left for right; its texts and parameters already are.
    """

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    families: list[str]
    texts: list[list[str]]
    parameters: list[dict[str, str]]
    mirrored: np.ndarray

    def clip(self, index: int) -> np.ndarray:
        """Rows (people, T, 262) of one clip, all people in person A's frame."""
        start = self.starts[index]
        values = self.rows[start : start + self.lengths[index]].astype(np.float32)
        return np.swapaxes(mirror_rows(values) if self.mirrored[index] else values, 0, 1)

    def with_mirrored(self) -> "Clips":
        """Every clip twice, the second time left for right."""
        return replace(
            self,
            starts=np.tile(self.starts, 2),
            lengths=np.tile(self.lengths, 2),
            families=self.families * 2,
            texts=self.texts + [_mirrored_texts(*clip) for clip in zip(self.families, self.texts, strict=True)],
            parameters=self.parameters + [_mirrored_parameters(of) for of in self.parameters],
            mirrored=np.concatenate([self.mirrored, ~self.mirrored]),
        )


def mirrored_text(text: str) -> str:
    """A sentence with left and right exchanged."""

    def opposite(match: re.Match) -> str:
        word = OPPOSITES[match[0].lower()]
        return word.capitalize() if match[0][0].isupper() else word

    return SIDE.sub(opposite, text)


def _mirrored_texts(family: str, texts: list[str]) -> list[str]:
    """The texts that are true of the mirrored clip: who goes unsaid to use the right hand would now use the left."""
    if family in FAMILIES and FAMILIES[family].right_handed:
        # without a side in any of them, both hands do it
        texts = [text for text in texts if SIDE.search(text)] or texts
    return [mirrored_text(text) for text in texts]


def _mirrored_parameters(parameters: dict[str, str]) -> dict[str, str]:
    return {name: mirrored_text(value) for name, value in parameters.items()}


def training_clips(config: DataConfig, folder: Path) -> Clips:
    """The training set of pairs, made in `folder` if it is not there yet. Raises EngineError for a wrong mocap."""
    return _prepared(config, folder / "training", lambda to: _make_pairs(config, to, held_out=False))


def held_out_clips(config: DataConfig, folder: Path) -> Clips:
    """Scenes of the same families from seeds that training never sees; their texts are the held-out wordings."""
    return _prepared(config, folder / "held_out", lambda to: _make_pairs(config, to, held_out=True))


def mocap_clips(config: DataConfig, folder: Path, held_out: bool = False) -> Clips:
    """The recorded people alone, one a clip: those to train on, or those that training never sees.

    Raises EngineError if config.mocap is not a folder of motion capture.
    """

    def make(to: Path) -> None:
        people = recorded_people(Path(config.mocap), held_out)
        _write(config, to, [len(clip.rows) for clip in people], 1, people)

    return _prepared(config, folder / ("mocap_held_out" if held_out else "mocap"), make)


def _prepared(config: DataConfig, folder: Path, make) -> Clips:
    notes_path = folder / "clips.json"
    if not notes_path.exists() or json.loads(notes_path.read_text("utf-8"))["config"] != _as_json(config):
        make(folder)
    notes = json.loads(notes_path.read_text("utf-8"))
    lengths = np.array(notes["lengths"])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    rows = np.load(folder / "rows.npy", mmap_mode="r")
    mirrored = np.zeros(len(lengths), dtype=bool)
    return Clips(rows, starts, lengths, notes["families"], notes["texts"], notes["parameters"], mirrored)


def _as_json(config: DataConfig) -> dict:
    return json.loads(json.dumps(asdict(config)))


def _make_pairs(config: DataConfig, folder: Path, held_out: bool) -> None:
    """Choreograph the scenes of each family, and add the recorded pairs."""
    count, first_seed = (
        (config.held_out_per_family, HELD_OUT_SEED) if held_out else (config.scenes_per_family, config.seed)
    )
    families = config.families or tuple(FAMILIES)
    jobs = [_job(family, first_seed + n, config) for n in range(count) for family in families]
    recorded = recorded_pairs(Path(config.mocap), held_out) if config.mocap else []
    lengths = [frames - 1 for _, _, frames in jobs] + [len(clip.rows) for clip in recorded]

    def clips() -> Iterator[Sample]:
        with ProcessPoolExecutor() as pool:
            made = pool.map(_scene, jobs, chunksize=8)
            yield from tqdm(made, total=len(jobs), desc="choreography", unit="scene")
        yield from recorded

    _write(config, folder, lengths, 2, clips())


def _write(config: DataConfig, folder: Path, lengths: list[int], people: int, clips: Iterable[Sample]) -> None:
    """Write clips of these lengths; the notes come last, so that a cut-off run starts anew."""
    folder.mkdir(parents=True, exist_ok=True)
    notes = {"config": _as_json(config), "lengths": lengths, "families": [], "texts": [], "parameters": []}
    with replacing(folder / "rows.npy") as partial:
        rows = np.lib.format.open_memmap(partial, "w+", PRECISION, (sum(lengths), people, WIDTH))
        ends = np.cumsum(lengths)
        for clip, end, length in zip(clips, ends, lengths, strict=True):
            assert clip.rows.shape == (length, people, WIDTH) and np.isfinite(clip.rows).all(), clip.family
            rows[end - length : end] = clip.rows
            notes["families"].append(clip.family)
            notes["texts"].append(clip.texts)
            notes["parameters"].append(clip.parameters)
        rows.flush()
        del rows
    with replacing(folder / "clips.json") as partial:
        Path(partial).write_text(json.dumps(notes), "utf-8")


def _job(family: str, seed: int, config: DataConfig) -> tuple[str, int, int]:
    """A scene to make and how long, from the family and seed, so that short ones and long ones all come up."""
    random = np.random.default_rng([seed, list(FAMILIES).index(family)])
    shortest = min(max(config.min_frames, round(FAMILIES[family].shortest * FPS)), config.max_frames)
    return family, seed, round(np.exp(random.uniform(np.log(shortest), np.log(config.max_frames))))


def _scene(job: tuple[str, int, int]) -> Sample:
    family, seed, frames = job
    scene = choreograph(family, seed, frames)
    rows = np.stack(motion_rows(scene.motion), axis=1).astype(PRECISION)
    texts = scene.test_texts if seed >= HELD_OUT_SEED else scene.texts
    return Sample(rows, family, texts, _in_words(scene.parameters))


def _in_words(parameters: dict) -> dict[str, str]:
    """Those parameters of a scene that a sentence can tell: no measures."""
    values = {name: value if isinstance(value, tuple | list) else (value,) for name, value in parameters.items()}
    return {n: ", ".join(map(str, v)) for n, v in values.items() if not any(isinstance(part, float) for part in v)}
