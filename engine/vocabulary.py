"""What a model knows: its scenes with example sentences, and whether a sentence is near any of them.

A model directory may hold vocabulary.json (scenes, examples, how near is near) and vocabulary.npy (sentence vectors of
each scene, one scene after the other). No torch here: Blender reads the examples.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .errors import EngineError

MOST_NAMED = 8  # a hint names all scenes of a vocabulary up to this size, of a longer one the nearest
NEAREST_NAMED = 3


@dataclass(frozen=True)
class KnownScene:
    """A kind of scene: its name, the plainest sentence for it, a few other ones, and how many vectors it has."""

    label: str
    plain: str
    examples: tuple[str, ...]
    vectors: int


@dataclass(frozen=True)
class Vocabulary:
    """near: the cosine to a stored vector from which on a sentence counts as known. vectors: (N, D), length 1."""

    scenes: tuple[KnownScene, ...]
    near: float
    vectors: np.ndarray

    def likeness(self, vector: np.ndarray) -> np.ndarray:
        """Of a sentence vector (D,): the cosine to the nearest vector of each scene (scenes,)."""
        cosines = self.vectors.astype(np.float32) @ (vector / max(np.linalg.norm(vector), 1e-12))
        starts = np.cumsum([0] + [scene.vectors for scene in self.scenes[:-1]])
        return np.maximum.reduceat(cosines, starts)

    def hint(self, vector: np.ndarray, model: str) -> str:
        """A sentence for the user if a sentence vector (D,) is far from all scenes, else "". model: its name."""
        likeness = self.likeness(vector)
        if likeness.max() >= self.near:
            return ""
        order = np.argsort(-likeness)
        if len(self.scenes) <= MOST_NAMED:
            knows = ", ".join(scene.label for scene in self.scenes)
        else:
            nearest = ", ".join(self.scenes[n].label for n in order[:NEAREST_NAMED])
            knows = f"{len(self.scenes)} scenes, the likest of them {nearest}"
        shown = self.scenes[order[0]].plain
        return (
            f'The {model} model knows: {knows}; your sentence is far from all of them; showing the nearest ("{shown}").'
        )

    def save(self, folder: Path) -> None:
        """Write both files into a model directory."""
        notes = {"near": self.near, "scenes": [asdict(scene) for scene in self.scenes]}
        (folder / "vocabulary.json").write_text(json.dumps(notes, indent=2, ensure_ascii=False) + "\n", "utf-8")
        np.save(folder / "vocabulary.npy", self.vectors.astype(np.float16))


def load_vocabulary(folder: str | Path) -> Vocabulary | None:
    """The vocabulary of a model directory; None if it has none. Raises EngineError if its files are damaged."""
    path = Path(folder) / "vocabulary.json"
    if not path.exists():
        return None
    try:
        notes = json.loads(path.read_text("utf-8"))
        scenes = tuple(KnownScene(**scene | {"examples": tuple(scene["examples"])}) for scene in notes["scenes"])
        vectors = np.load(path.with_suffix(".npy"))
        if not scenes or len(vectors) != sum(scene.vectors for scene in scenes):
            raise ValueError("its two files do not belong together")
        return Vocabulary(scenes, float(notes["near"]), vectors)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"The vocabulary {path} is damaged ({error}). Get the model again.") from error
