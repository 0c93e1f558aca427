"""The clips that the starter model's table is made of: scenes of the data and what the model makes of them."""

import multiprocessing
import os
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..datasets.choreography import FAMILIES, Scene, choreograph
from ..datasets.prepared import HELD_OUT_SEED
from ..motion import Motion
from ..pipeline import InterMask

PLAIN_SECONDS = 3.0  # one length, so that clips can be compared joint by joint
LENGTHS = (3.0, 2.0, 5.0, 8.0)  # seconds; one seed after the other
BATCH = 16
PATIENCE = 10  # of so many scenes, one at least should be of the kind that is looked for
# Where other draws of scenes begin, after the first seeds of the held-out ones.
AGAIN, PLAIN, HANDS, ROLES = (HELD_OUT_SEED + 100_000 * n for n in (1, 2, 3, 4))
SIDE = re.compile(r"\b(left|right)\b")


@dataclass
class FamilyClips:
    """All clips of one family, `seeds` of each kind.

    scenes: held-out scenes; texts: a held-out sentence of each; again: another draw of such scenes; plain_scenes:
    scenes of which the family's plain sentence is true. The rest are the model's: reconstructions of the scenes, clips
    of the plain sentence, of training sentences and of held-out ones (`texts`), reactions to person A of the scenes
    with text and without, the middle third of a scene made anew. hands, roles: scenes that are asked for by a sentence
    that names the hand, or makes the second person the doer, with what was made of it.
    """

    family: str
    scenes: list[Scene]
    texts: list[str]
    again: list[Motion]
    plain_scenes: list[Scene]
    reconstruction: list[Motion] = field(default_factory=list)
    plain: list[Motion] = field(default_factory=list)
    training: list[Motion] = field(default_factory=list)
    test: list[Motion] = field(default_factory=list)
    react: list[Motion] = field(default_factory=list)
    react_silent: list[Motion] = field(default_factory=list)
    in_between: list[Motion] = field(default_factory=list)
    hands: list[tuple[Scene, Motion]] = field(default_factory=list)
    roles: list[tuple[Scene, Motion]] = field(default_factory=list)

    @property
    def data(self) -> list[Motion]:
        """The held-out scenes' motions."""
        return [scene.motion for scene in self.scenes]


def known_families(model: InterMask) -> list[str]:
    """The families of the choreography that a model was trained on: those in its vocabulary."""
    labels = {scene.label for scene in model.vocabulary.scenes}
    return [family for family in FAMILIES if family.replace("_", " ") in labels]


def make_all_clips(model: InterMask, folder: Path, seeds: int) -> list[FamilyClips]:
    """`make_clips` for all families that a model knows, on a CPU one family per core at a time."""
    families = known_families(model)
    shown = partial(tqdm, total=len(families), desc="families")
    if model.device.type != "cpu":
        return [make_clips(model, family, seeds) for family in shown(families)]
    start = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), start, _load, (folder,)) as processes:
        return list(shown(processes.map(_make_clips, families, [seeds] * len(families))))


def _load(folder: Path) -> None:
    """What each of several processes begins with."""
    global _model
    torch.set_num_threads(1)
    _model = InterMask.load(folder, "cpu")


def _make_clips(family: str, seeds: int) -> FamilyClips:
    return make_clips(_model, family, seeds)


def make_clips(model: InterMask, family: str, seeds: int) -> FamilyClips:
    """Draw the scenes of a family and let the model make all its clips."""
    random = np.random.default_rng(0)
    scenes = [_scene(model, family, HELD_OUT_SEED, n) for n in range(seeds)]
    texts = [scene.test_texts[n % len(scene.test_texts)] for n, scene in enumerate(scenes)]
    again = [_scene(model, family, AGAIN, n).motion for n in range(seeds)]
    plain = FAMILIES[family].plain
    drawn = (_scene(model, family, PLAIN, n, PLAIN_SECONDS) for n in range(PATIENCE * seeds))
    plain_scenes = list(islice((scene for scene in drawn if plain in scene.texts), seeds))
    clips = FamilyClips(family, scenes, texts, again, plain_scenes)

    frames = [motion.frames for motion in clips.data]
    clips.plain = generate(model, [plain] * seeds, [_frames(model, family, PLAIN_SECONDS)] * seeds)
    clips.training = generate(model, [str(random.choice(scene.texts)) for scene in scenes], frames)
    clips.test = generate(model, texts, frames)
    clips.react = react(model, clips.data, texts)
    clips.react_silent = react(model, clips.data, [""] * seeds)
    everything = [np.ones(count, dtype=bool) for count in frames]
    clips.reconstruction = [model.complete(m, keep) for m, keep in zip(clips.data, everything, strict=True)]
    parts = zip(clips.data, texts, range(seeds), strict=True)
    clips.in_between = [model.complete(motion, outer_thirds(motion.frames), text, n) for motion, text, n in parts]
    if FAMILIES[family].handed:
        clips.hands = _asked(model, family, seeds, HANDS, _names_the_hand)
    if FAMILIES[family].acting:
        clips.roles = _asked(model, family, seeds, ROLES, _by_the_second)
    return clips


def outer_thirds(frames: int) -> np.ndarray:
    """(T,) true in the first and the last third."""
    places = np.arange(frames)
    return (places < frames // 3) | (places >= frames - frames // 3)


def generate(model: InterMask, prompts: Sequence[str], frames: Sequence[int]) -> list[Motion]:
    """A clip for each prompt and length; its place is its seed."""
    made: list[Motion | None] = [None] * len(prompts)
    for batch in _batches(frames):
        seconds = frames[batch[0]] / model.model.config.fps
        for place, motion in zip(batch, model.generate_many([prompts[n] for n in batch], seconds, batch), strict=True):
            made[place] = motion
    return made


def react(model: InterMask, actors: Sequence[Motion], prompts: Sequence[str]) -> list[Motion]:
    """A reaction to person A of each motion; its place is its seed."""
    made: list[Motion | None] = [None] * len(actors)
    for batch in _batches([actor.frames for actor in actors]):
        motions = model.react_many([actors[n] for n in batch], [prompts[n] for n in batch], batch)
        for place, motion in zip(batch, motions, strict=True):
            made[place] = motion
    return made


def _batches(frames: Sequence[int]) -> list[list[int]]:
    """Places of clips of equal length, at most BATCH together."""
    batches = []
    for length in sorted(set(frames)):
        places = [n for n, count in enumerate(frames) if count == length]
        batches += [places[n : n + BATCH] for n in range(0, len(places), BATCH)]
    return batches


def _scene(model: InterMask, family: str, first: int, number: int, seconds: float | None = None) -> Scene:
    seconds = seconds or LENGTHS[number % len(LENGTHS)]
    return choreograph(family, first + number, _frames(model, family, seconds))


def _frames(model: InterMask, family: str, seconds: float) -> int:
    """Frames of a clip of about so many seconds, as the model and the family allow."""
    seconds = max(seconds, FAMILIES[family].shortest)
    return round(model.model.config.fps * min(max(seconds, model.limits["min_seconds"]), model.limits["max_seconds"]))


def _asked(model: InterMask, family: str, seeds: int, first: int, ask) -> list[tuple[Scene, Motion]]:
    """Scenes for which ask(scene) gives sentences, and what the model makes of one of those each."""
    drawn = (_scene(model, family, first, n) for n in range(PATIENCE * seeds))
    found = list(islice(((scene, texts) for scene in drawn if (texts := ask(scene))), seeds))
    prompts = [texts[n % len(texts)] for n, (_, texts) in enumerate(found)]
    motions = generate(model, prompts, [scene.motion.frames for scene, _ in found])
    return [(scene, motion) for (scene, _), motion in zip(found, motions, strict=True)]


def _names_the_hand(scene: Scene) -> list[str]:
    """The sentences of a scene that say "left" or "right", held-out ones if there are any, if that is seen in it."""
    if not FAMILIES[scene.family].handed(scene.motion.joint_positions):
        return []
    told = [[t for t in texts if len(set(SIDE.findall(t))) == 1] for texts in (scene.test_texts, scene.texts)]
    return told[0] or told[1]


def _by_the_second(scene: Scene) -> list[str]:
    """The held-out sentences of a scene in which person B does the deed."""
    return scene.test_texts if FAMILIES[scene.family].acting(scene.motion.joint_positions) == 1 else []
