"""A list of prompts to a folder of motions: what is there already is kept, what fails is listed."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, astuple, fields
from pathlib import Path

from tqdm import tqdm

from ..checkpoint import ModelConfig, load_config
from ..errors import EngineError
from ..files import replacing
from ..motion import Motion
from ..pipeline import check_said, clip_frames
from .local import Outcome
from .prompt_file import Clip, Failure, read_prompts

FAILURES = "failures.csv"


def make_all(
    prompts: Path,
    out: Path,
    folder: Path,
    seconds: float,
    seed: int,
    batch: int,
    make: Callable[[Sequence[Sequence[Clip]]], Iterator[Outcome]],
) -> None:
    """Write NAME.npz into `out` for every clip of a list, see `read_prompts`, as they come.

    folder: of the model. make: makes batches of so many clips, see local.py and cluster.py.
    Raises EngineError if some were not made, which failures.csv then lists, and OSError if a file can't be written.
    """
    config = load_config(folder)
    clips, failures = read_prompts(prompts, seconds, seed)
    _make_folder(out)
    faults = {clip: fault for clip in clips if (fault := _fault(clip, config))}
    failures += [Failure(clip.name, clip.prompt, fault) for clip, fault in faults.items()]
    possible = [clip for clip in clips if clip not in faults]
    todo = [clip for clip in possible if not _is_made(clip, out, config)]
    todo.sort(key=lambda clip: -clip.seconds)  # alike ones together, and what does not fit into memory first
    made = 0
    batches = [todo[start : start + batch] for start in range(0, len(todo), batch)]
    if batches:
        with tqdm(total=len(todo), unit="clip") as bar, closing(make(batches)) as outcomes:
            for part, outcome in outcomes:
                if isinstance(outcome, str):
                    failures += [Failure(clip.name, clip.prompt, outcome) for clip in part]
                else:
                    for clip, motion in zip(part, outcome, strict=True):
                        _write(motion, out / f"{clip.name}.npz")
                    made += len(part)
                bar.update(len(part))
    print(f"{out}: {made} made, {len(possible) - len(todo)} kept, {len(failures)} failed.")
    _list(failures, out / FAILURES)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"The folder {folder} can't be made ({error.strerror}): name another.") from error


def _fault(clip: Clip, config: ModelConfig) -> str:
    """Why the model can't make a clip, or ""."""
    try:
        check_said([clip.prompt])
        clip_frames(config, clip.seconds)
    except EngineError as error:
        return str(error)
    return ""


def _is_made(clip: Clip, out: Path, config: ModelConfig) -> bool:
    """Whether the clip's file is there, whole, and what the clip and the model say now."""
    try:
        motion = Motion.load(out / f"{clip.name}.npz")
    except ValueError:
        return False
    found = (motion.prompt, motion.frames, motion.seed, motion.model, motion.settings)
    return found == (clip.prompt, clip_frames(config, clip.seconds), clip.seed, config.name, asdict(config.sampling))


def _write(motion: Motion, path: Path) -> None:
    with replacing(path) as partial, open(partial, "wb") as file:
        motion.save(file)


def _list(failures: list[Failure], path: Path) -> None:
    """Leave a list of the failures, if there are any; raise EngineError then."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[field.name for field in fields(Failure)], *map(astuple, failures)])
    for failure in failures:
        print(f"{failure.name}: {failure.error}", file=sys.stderr)
    raise EngineError(f"{len(failures)} clips were not made, see {path}. The same command tries them again.")
