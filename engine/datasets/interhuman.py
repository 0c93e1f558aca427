"""The InterHuman data set as it is handed out: a folder with motions_processed, annots and the lists of the splits."""

from pathlib import Path

import numpy as np

from ..errors import EngineError
from ..features import raw_to_y_up
from ..skeleton import JOINT
from .clip_checks import SourceClip, UnusableClip, read_names, read_splits, read_text

NAME = "interhuman"
FPS = 30
SHORTEST = 15  # frames
ROW_SHAPE = (192,)  # of the 492 numbers: 22 joint positions, then the 6D rotations of joints 1..21
PEOPLE = ("person1", "person2")
ASK = (
    "InterHuman is handed out for non-commercial research by its authors, on request by a form: "
    "https://github.com/tr3e/InterGen."
)


class InterHumanFiles:
    """The files of an InterHuman folder: what the splits name, less what the ignore list names."""

    name, fps, row_shape = NAME, FPS, ROW_SHAPE

    def __init__(self, root: Path) -> None:
        """Raises EngineError, with a sentence on what is missing, if `root` does not look like InterHuman."""
        self.motions = root / "motions_processed"
        self.texts = root / "annots"
        for folder in (*(self.motions / person for person in PEOPLE), self.texts):
            if not folder.is_dir():
                raise EngineError(f"{root} is not the InterHuman data set: {folder} is missing. {ASK}")
        self.splits, self.lists = read_splits(root)
        if not self.splits:
            raise EngineError(f"{root} has no lists of the splits: {root / 'split/train.txt'} is missing. {ASK}")
        ignore_lists = [path for path in (root / "ignore_list.txt", root / "split/ignore_list.txt") if path.exists()]
        self.ignored = {name for path in ignore_lists for name in read_names(path)}
        self.lists += ignore_lists

    def files(self) -> list[Path]:
        """All files that a prepared copy depends on."""
        return sorted([*self.lists, *self.texts.glob("*.txt"), *self.motions.glob("person?/*.npy")])

    def motion_names(self) -> set[str]:
        """Names of all motions, those that no split has included."""
        return {path.stem for path in self.motions.glob("person?/*.npy")}

    def read(self, name: str) -> SourceClip:
        """One clip, checked: rows (T, 2, 192), Z up, metres. Raises UnusableClip."""
        if name in self.ignored:
            raise UnusableClip("on the ignore list")
        people = [self._person(name, person) for person in PEOPLE]
        if len(people[0]) != len(people[1]):
            raise UnusableClip(f"person1 and person2 differ in length: {len(people[0])} and {len(people[1])} frames")
        texts, remark = self._texts(name)
        return SourceClip(np.stack(people, axis=1), texts, remarks=[remark] if remark else [])

    def _person(self, name: str, person: str) -> np.ndarray:
        path = self.motions / person / f"{name}.npy"
        if not path.exists():
            raise UnusableClip(f"{person} is missing")
        try:
            values = np.load(path, allow_pickle=False)
            if values.ndim != 2 or values.shape[1] != 492 or values.dtype.kind != "f":
                raise UnusableClip(f"{person} is not numbers (frames, 492): {values.dtype} {values.shape}")
        except (ValueError, EOFError, OSError) as error:
            raise UnusableClip(f"{person} is damaged: {error}") from error
        rows = np.concatenate([values[:, :66], values[:, 186:312]], axis=1).astype(np.float32)
        if len(rows) < SHORTEST:
            raise UnusableClip(f"fewer than {SHORTEST} frames: {len(rows)}")
        if not np.isfinite(rows).all():
            frame = int(np.argmin(np.isfinite(rows).all(axis=1)))
            raise UnusableClip(f"{person} has NaN or infinite numbers: from frame {frame} on")
        self._check_body(person, raw_to_y_up(rows)[0])
        return rows

    @staticmethod
    def _check_body(person: str, joints: np.ndarray) -> None:
        """Joints (T, 22, 3): somebody is there, and of a person's size in metres."""
        hips = np.linalg.norm(joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]], axis=-1)
        trunk = np.linalg.norm(joints[:, JOINT["head"]] - joints[:, JOINT["pelvis"]], axis=-1)
        if hips.min() < 1e-3:
            raise UnusableClip(f"{person} has no body: both hips are in one place in frame {int(np.argmin(hips))}")
        if not 0.2 < np.median(trunk) < 1.5:
            raise UnusableClip(f"{person} is not in metres: {np.median(trunk):.3g} from pelvis to head")

    def _texts(self, name: str) -> tuple[list[str], str]:
        path = self.texts / f"{name}.txt"
        if not path.exists():
            raise UnusableClip("the text is missing")
        text, remark = read_text(path)
        texts = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        if not texts:
            raise UnusableClip("the text is empty")
        return texts, remark


def joint_positions(rows: np.ndarray) -> np.ndarray:
    """Joints (2, T, 22, 3), Y up, metres, of raw rows (T, 2, 192)."""
    return np.stack([raw_to_y_up(rows[:, person])[0] for person in range(2)])
