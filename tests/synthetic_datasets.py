"""Tiny copies of the official InterHuman and Inter-X layouts, made of smooth motions of our own.

The sentences say what is seen (who raises which arm, who turns), so that a network can learn them.
"""

import pickle
from pathlib import Path

import numpy as np

from engine import rotations as R
from engine.skeleton import JOINT, REST_OFFSETS, REST_PELVIS_HEIGHT, forward_kinematics

FPS = 30
# Frames of the clips of each split.
CLIPS = {"train": (90, 120, 75, 330, 100, 66, 140, 80), "val": (80, 96, 70), "test": (80, 310, 90, 100)}
INTERX_FINGERS = 30
ACTS = ("raises the left arm", "raises the right arm", "turns clockwise", "bows")
SENTENCES = (
    "One person {act} while the other waits.",
    "The first person {act}.",
    "A person {act} in front of another.",
)


def write_interhuman(root: Path, clips: dict[str, tuple[int, ...]] = CLIPS, seed: int = 0) -> dict[str, list[str]]:
    """Write motions_processed/person1|person2, annots, split and ignore_list.txt; return the names of each split."""
    people = [root / "motions_processed" / person for person in ("person1", "person2")]
    for folder in (*people, root / "annots", root / "split"):
        folder.mkdir(parents=True)
    names = {split: [] for split in clips}
    for number, (split, frames) in enumerate((s, f) for s, lengths in clips.items() for f in lengths):
        positions, rotations = make_pair(frames, number % len(ACTS), [seed, number])
        name = str(number + 1)
        names[split].append(name)
        for person, folder in enumerate(people):
            np.save(folder / f"{name}.npy", interhuman_rows(positions[person], rotations[person]))
        (root / "annots" / f"{name}.txt").write_text("\n".join(sentences(number)) + "\n", "utf-8")
    for split, members in names.items():
        (root / "split" / f"{split}.txt").write_text("\n".join(members) + "\n", "utf-8")
    (root / "ignore_list.txt").write_text("9999\n", "utf-8")
    return names


def write_interx(root: Path, clips: dict[str, tuple[int, ...]] = CLIPS, seed: int = 0) -> dict[str, list[str]]:
    """Write processed/motions/SPLIT.h5, processed/texts_processed and splits; return the names of each split."""
    import h5py

    motions, texts, lists = root / "processed/motions", root / "processed/texts_processed", root / "splits"
    for folder in (motions, texts, lists):
        folder.mkdir(parents=True)
    names, number = {}, 0
    for split, lengths in clips.items():
        names[split] = [f"G001T{number + n:03d}A{(number + n) % len(ACTS):03d}R000" for n in range(len(lengths))]
        with h5py.File(motions / f"{split}.h5", "w") as file:
            for name, frames in zip(names[split], lengths, strict=True):
                file[name] = interx_rows(*make_pair(frames, number % len(ACTS), [seed, number]), [seed, number])
                lines = [f"{sentence}#{tagged(sentence)}#0.0#0.0" for sentence in sentences(number)]
                (texts / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")
                number += 1
        (lists / f"{split}.txt").write_text("\n".join(names[split]) + "\n", "utf-8")
    return names


def sentences(number: int) -> list[str]:
    """The three sentences of the clip with this number."""
    return [sentence.format(act=ACTS[number % len(ACTS)]) for sentence in SENTENCES]


def tagged(sentence: str) -> str:
    """word/POS of every word, as the processed texts of Inter-X have them."""
    classes = {"raises": "VERB", "turns": "VERB", "bows": "VERB", "waits": "VERB", "person": "NOUN", "arm": "NOUN"}
    words = sentence.lower().rstrip(".").split()
    return " ".join(f"{word}/{classes.get(word, 'OTHER')}" for word in words)


def make_pair(frames: int, act: int, seed) -> tuple[np.ndarray, np.ndarray]:
    """Root positions (2, T, 3) and joint rotations (2, T, 22, 4), Y up: two people face each other, the first acts."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / FPS
    rotations = np.zeros((2, frames, 22, 4))
    for person in range(2):
        waves = np.sin(2 * np.pi * (random.uniform(0.2, 1, (22, 3)) * time + random.random((22, 3))))
        rotations[person] = R.from_rotation_vector(random.uniform(0.01, 0.06, (22, 3)) * waves)
        for side, sign in (("left", 1), ("right", -1)):
            _turn(rotations[person], f"{side}_shoulder", [0, 0, 1], np.full(frames, -1.3 * sign))  # arms hang
    up = np.sin(np.pi * np.linspace(0, 1, frames)) ** 2
    if act == 0:
        _turn(rotations[0], "left_shoulder", [0, 0, 1], 2.6 * up)
    elif act == 1:
        _turn(rotations[0], "right_shoulder", [0, 0, 1], -2.6 * up)
    elif act == 2:
        _turn(rotations[0], "pelvis", [0, 1, 0], -np.pi * np.linspace(0, 1, frames))
    else:
        _turn(rotations[0], "spine1", [1, 0, 0], 1.0 * up)
    _turn(rotations[1], "pelvis", [0, 1, 0], np.full(frames, np.pi))
    roots = np.zeros((2, frames, 3))
    roots[1, :, 2] = random.uniform(0.8, 1.5)
    roots[..., 1] = REST_PELVIS_HEIGHT
    roots += random.uniform(-1, 1, 3) * [1, 0, 1] + 0.05 * np.sin(time[:, 0] * random.uniform(1, 2))
    return roots, rotations


def _turn(rotations: np.ndarray, joint: str, axis: list[float], angle: np.ndarray) -> None:
    number = JOINT[joint]
    rotations[:, number] = R.multiply(R.from_axis_angle(np.array(axis, float), angle), rotations[:, number])


def interhuman_rows(root: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """One person as InterHuman's files have it, (T, 492), Z up: 62 joints, then the 6D rotations of 51."""
    joints, _ = forward_kinematics(rotations, root, REST_OFFSETS)
    joints = np.concatenate([joints, np.repeat(joints[:, [20, 21]], 20, axis=1)], axis=1)  # fingers in the wrists
    x, y, z = np.moveaxis(joints, -1, 0)
    turns = np.tile(np.array([1.0, 0, 0, 1, 0, 0]), (len(root), 51, 1))
    turns[:, :21] = R.to_6d(rotations[:, 1:])
    flat = [np.stack([x, -z, y], axis=-1).reshape(len(root), -1), turns.reshape(len(root), -1)]
    return np.concatenate(flat, axis=1).astype(np.float32)


def interx_rows(roots: np.ndarray, rotations: np.ndarray, seed) -> np.ndarray:
    """Both people as Inter-X's h5 has them, (T, 56, 6): axis-angle of 55 joints, then the translation."""
    random = np.random.default_rng(seed)
    frames = roots.shape[1]
    values = np.zeros((2, frames, 56, 3))
    values[..., :22, :] = R.to_rotation_vector(rotations)
    bend = 0.3 * np.sin(np.arange(frames)[:, None] / FPS + random.random(INTERX_FINGERS))
    values[..., 25:55, 2] = bend
    values[..., 55, :] = roots
    return np.concatenate([values[0], values[1]], axis=-1).astype(np.float32)


WORDS = [
    "sos",
    "eos",
    "unk",
    *sorted({word.partition("/")[0] for act in range(4) for s in sentences(act) for word in tagged(s).split()}),
]
WORD_LISTS = {
    "Loc_list": ("left", "right", "clockwise"),
    "Body_list": ("arm",),
    "Obj_List": (),
    "Act_list": ("raises", "arm"),
    "Desc_list": ("other",),
}


def write_word_vectors(folder: Path) -> None:
    """Write the word files of Inter-X's evaluator: the vector of a word is its place in WORDS, 300 times."""
    vectors = np.repeat(np.arange(len(WORDS), dtype=np.float64)[:, None], 300, axis=1)
    np.save(folder / "our_vab_data.npy", vectors)
    (folder / "our_vab_words.pkl").write_bytes(pickle.dumps(WORDS))
    (folder / "our_vab_idx.pkl").write_bytes(pickle.dumps({word: number for number, word in enumerate(WORDS)}))
    lines = ["import numpy as np", *(f"{name} = {words!r}" for name, words in WORD_LISTS.items())]
    (folder / "word_vectorizer.py").write_text("\n".join(lines) + "\n", "utf-8")
