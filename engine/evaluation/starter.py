"""Does the starter model do what its sentences say? Tables over its families, next to its training data.

Everything is measured on the engine's own output. Figures of the data and of the VQ-VAE's reconstruction of it stand
beside those of the generated clips.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..datasets.choreography import FAMILIES
from ..errors import EngineError
from ..features import canonical_frame, motion_rows
from ..motion import Motion
from ..pipeline import InterMask
from ..text import encode_all
from .embedders import InterHumanEmbedder
from .metrics import diversity, frechet_distance, multimodality, r_precision, ranks
from .physics import physics
from .starter_clips import FamilyClips, make_all_clips, outer_thirds
from .starter_table import as_markdown
from .unknown_sentences import UNKNOWN_SENTENCES

SOURCES = ("data", "reconstruction", "test")  # of the physical figures and the scores
PHYSICS = ("foot_slide_mm", "foot_slide_planted_mm", "penetration_mm", "penetration_share", "floor_error_mm", "jerk")
OFF_FLOOR_FRAMES = 5
BATCH = 32  # of R-precision: clips, or all of them if they are fewer
SPLITS = 20  # of the families into two halves, for the yardstick of FID


def evaluate(folder: Path, seeds: int, out: Path | None) -> dict:
    """Print the tables for a model directory and return them; `out`: a folder for evaluation.json and evaluation.md.

    The scores by the evaluator need one in the directory's folder "evaluator". Raises EngineError.
    """
    if seeds < 2:
        raise EngineError("Two seeds at least are needed: the spread is between clips of one sentence.")
    model = InterMask.load(folder)
    if not model.vocabulary:
        raise EngineError(f"{folder} does not say which scenes it knows: score it on its benchmark, with --data.")
    embedder = InterHumanEmbedder(folder / "evaluator", model.device) if (folder / "evaluator").exists() else None
    clips = make_all_clips(model, folder, seeds)
    report = {"weights": weights_sum(folder), "seeds": seeds} | figures(model, clips, embedder)
    print(as_markdown(report))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        (out / "evaluation.md").write_text(as_markdown(report), "utf-8")
    return report


def figures(model: InterMask, clips: Sequence[FamilyClips], embedder: InterHumanEmbedder | None) -> dict:
    """All that is measured on the clips of some families."""
    families = {part.family: family_figures(part) for part in clips}
    report = {"families": families, "seams": seams(clips), "hints": hints(model, clips)}
    if embedder:
        report["scores"] = scores(clips, embedder)
        for family, top in top_threes(clips, embedder).items():
            families[family]["r_top_3"] = top
    report["total"] = {name: _mean(row[name] for row in families.values()) for name in next(iter(families.values()))}
    return report


def family_figures(clips: FamilyClips) -> dict[str, float | None]:
    """One row of the tables: shares of successful clips, spread, physical figures "name/source"."""
    kinds = ("data", "reconstruction", "plain", "training", "test", "react", "react_silent", "in_between")
    row = {kind: success(clips.family, getattr(clips, kind)) for kind in kinds}
    row["hands"] = _obeyed(FAMILIES[clips.family].handed, clips.hands)
    row["roles"] = _obeyed(FAMILIES[clips.family].acting, clips.roles)
    row["spread"] = spread(clips.plain) / spread([scene.motion for scene in clips.plain_scenes])
    for source in SOURCES:
        figures = [physics(motion.joint_positions) for motion in getattr(clips, source)]
        row |= {f"{name}/{source}": _mean(part[name] for part in figures) for name in PHYSICS}
        off = [max(part["floating_frames"], part["below_frames"]) > OFF_FLOOR_FRAMES for part in figures]
        row[f"off_floor/{source}"] = _mean(off)
    return row


def success(family: str, motions: Sequence[Motion]) -> float:
    """Share of motions that pass the family's own check."""
    return _mean(FAMILIES[family].check(motion.joint_positions) for motion in motions)


def spread(motions: Sequence[Motion]) -> float:
    """Standard deviation in metres of joint places between clips of one length, the mean over joints and frames.

    All clips stand in person A's frame: what is measured is how they differ, not where they happen.
    """
    places = [motion.joint_positions for motion in motions]
    places = np.stack([canonical_frame(clip[0]).enter(clip) for clip in places])
    return float(np.sqrt(places.var(axis=0).sum(-1)).mean())


def seams(clips: Sequence[FamilyClips]) -> dict[str, float]:
    """In-betweens of the middle third: how far the kept joints went, and how much farther joints go over a seam.

    kept_mm: mean error of the joints at kept frames. jump_mm/...: a joint's way from the last frame before a seam to
    the first one after it, less the mean of the ways before and after; the same places in the data.
    """
    errors, jumps = [], {"data": [], "in_between": []}
    for part in clips:
        for scene, made in zip(part.data, part.in_between, strict=True):
            keep = outer_thirds(scene.frames)
            errors.append(np.linalg.norm(made.joint_positions - scene.joint_positions, axis=-1)[:, keep].mean())
            for name, motion in (("data", scene), ("in_between", made)):
                ways = np.linalg.norm(np.diff(motion.joint_positions, axis=1), axis=-1).mean((0, 2))
                jumps[name] += [ways[n] - (ways[n - 1] + ways[n + 1]) / 2 for n in np.flatnonzero(np.diff(keep))]
    return {"kept_mm": 1000 * _mean(errors)} | {f"jump_mm/{name}": 1000 * _mean(v) for name, v in jumps.items()}


def hints(model: InterMask, clips: Sequence[FamilyClips]) -> dict[str, float]:
    """Shares of held-out wordings and of sentences of another world that get a hint."""
    known = sorted({text for part in clips for scene in part.scenes for text in scene.test_texts})
    named = {"held_out": known, "unknown": UNKNOWN_SENTENCES}
    shares, vocabulary = {}, model.vocabulary
    for name, texts in named.items():
        vectors = encode_all(model.encoder, list(texts))[:, : vocabulary.vectors.shape[1]].cpu().numpy()
        shares[name] = _mean(vocabulary.hint(vector, model.model.config.name) != "" for vector in vectors)
    return shares


def scores(clips: Sequence[FamilyClips], embedder: InterHumanEmbedder) -> dict[str, dict[str, float]]:
    """The benchmark's scores by our evaluator, "name": {source: figure}; FID against the held-out scenes.

    Beside the sources stand "again", another draw of such scenes, and "shuffled": one half of the families against
    the other, the mean over random halves.
    """
    order, text = _shuffled(clips), embedder.texts([text for part in clips for text in part.texts])
    motions = {name: _embedded(_all(clips, name), embedder) for name in (*SOURCES, "again")}
    found: dict[str, dict[str, float]] = {}
    for source in SOURCES:
        tops = r_precision(text[order], motions[source][order], min(BATCH, len(order)))
        for number, top in enumerate(tops, 1):
            found.setdefault(f"R-precision top {number}", {})[source] = float(top)
    fid = {name: frechet_distance(motions[name], motions["data"]) for name in ("again", "reconstruction", "test")}
    found["FID"] = fid | {"shuffled": _shuffled_fid(motions["data"], len(clips))}
    found["diversity"] = {source: diversity(motions[source]) for source in SOURCES}
    fewest = min(len(part.plain_scenes) for part in clips)  # scenes of which the plainest sentence is true are rare
    alike = {
        "data": [scene.motion for part in clips for scene in part.plain_scenes[:fewest]],
        "test": [motion for part in clips for motion in part.plain[:fewest]],
    }
    groups = {name: np.split(_embedded(part, embedder), len(clips)) for name, part in alike.items()}
    found["multimodality"] = {name: multimodality(np.stack(parts)) for name, parts in groups.items()}
    return found


def top_threes(clips: Sequence[FamilyClips], embedder: InterHumanEmbedder) -> dict[str, float | None]:
    """R-precision top 3 of the generated clips of each family."""
    order = _shuffled(clips)
    text = embedder.texts([text for part in clips for text in part.texts])
    hits = ranks(text[order], _embedded(_all(clips, "test"), embedder)[order], min(BATCH, len(order))) < 3
    families = np.repeat([part.family for part in clips], len(clips[0].texts))[order][: len(hits)]
    return {part.family: _mean(hits[families == part.family]) for part in clips}


def _embedded(motions: Sequence[Motion], embedder: InterHumanEmbedder) -> np.ndarray:
    """Embeddings (N, D) of motions, each in person A's frame."""
    return embedder.motions([np.stack(motion_rows(motion)).astype(np.float32) for motion in motions])


def _shuffled_fid(data: np.ndarray, families: int) -> float:
    """FID between two halves of the families, of embeddings that come family by family."""
    random, parts = np.random.default_rng(0), np.split(data, families)
    halves = [np.array_split(random.permutation(families), 2) for _ in range(SPLITS)]
    return _mean(frechet_distance(*(np.concatenate([parts[n] for n in half]) for half in pair)) for pair in halves)


def _shuffled(clips: Sequence[FamilyClips]) -> np.ndarray:
    """An order in which all families come in every batch."""
    return np.random.default_rng(0).permutation(sum(len(part.texts) for part in clips))


def _all(clips: Sequence[FamilyClips], kind: str) -> list[Motion]:
    return [motion for part in clips for motion in getattr(part, kind)]


def _obeyed(see, asked) -> float | None:
    """Share of clips in which `see` sees what it sees in the scene that was asked for."""
    return _mean(see(motion.joint_positions) == see(scene.motion.joint_positions) for scene, motion in asked)


def _mean(values) -> float | None:
    """Mean of what is not None; None of nothing."""
    values = [value for value in values if value is not None]
    return float(np.mean(values)) if values else None


def weights_sum(folder: Path) -> str:
    """SHA-256 over the files that make a model what it is."""
    digest = hashlib.sha256()
    for name in ("config.json", "vqvae.safetensors", "transformer.safetensors", "planner.safetensors"):
        if (folder / name).exists():  # not every model plans
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()
