"""From a finished run to a model directory."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..checkpoint import Model, ModelConfig, save_model
from ..datasets.choreography import FAMILIES
from ..datasets.prepared import Clips, DataConfig, held_out_clips, training_clips
from ..datasets.row_statistics import read_statistics
from ..evaluation.interclip import Evaluator, save_evaluator
from ..normaliser import Normaliser
from ..text import MINILM_WIDTH, TextEncoder, encode_all, text_encoder
from ..transformer import MaskedTransformer
from ..vocabulary import KnownScene, Vocabulary
from .checkpoints import NAME, fill, trained_vqvae, trained_weights
from .choreography import normaliser
from .config import TrainingConfig
from .planner import trained_planner
from .reader import trained_reader

# Of a family's sentences, the commonest are read, and of those some are stored that are unlike each other.
MOST_READ, MOST_STORED, EXAMPLES = 300, 64, 5
MOST_TESTED, FAR_SHARE = 100, 0.05  # held-out sentences of a family; the share of them that may count as unknown


def package(config: TrainingConfig, folder: Path) -> None:
    """Write the networks of a run to `folder`; of one on scenes made by code also what it knows, and its evaluator.

    Raises EngineError if one of its networks has not been trained.
    """
    vqvae = trained_vqvae(config)
    if isinstance(config.data, DataConfig):
        clips = training_clips(config.data, config.folder / "data").with_mirrored()
        reads = tuple(trained_reader(config, clips).groups)
        config = replace(config, transformer=replace(config.transformer, reads=reads))
    transformer = MaskedTransformer(config.transformer)
    trained = config.folder / "transformer"
    fill(transformer, trained_weights(trained, "transformer"), trained)
    planner = trained_planner(config, config.transformer.reads) if config.transformer.plan_width else None
    model = Model(model_config(config), vqvae, transformer, scale_of(config), planner)
    save_model(model, folder)
    if isinstance(config.data, DataConfig):
        _package_knowledge(config, folder)


def model_config(config: TrainingConfig) -> ModelConfig:
    """What the model of a run says of itself."""
    names = {"name": config.name, "positions": config.positions, "text_encoder": config.text_encoder}
    lengths = {"min_frames": config.data.min_frames, "max_frames": config.data.max_frames}
    parts = {"vqvae": config.vqvae, "transformer": config.transformer, "sampling": config.sampling}
    if config.transformer.plan_width:
        parts["planner"] = replace(config.planner, reads=config.transformer.reads)
    return ModelConfig(**names, **lengths, **parts)


def scale_of(config: TrainingConfig) -> Normaliser | None:
    """That of a run's rows; Inter-X's have none."""
    if isinstance(config.data, DataConfig):
        clips = training_clips(config.data, config.folder / "data")
        return normaliser(clips, config.positions, config.folder / "statistics.npz")
    return read_statistics(config.data.cache) if config.data.kind == "interhuman" else None


def _package_knowledge(config: TrainingConfig, folder: Path) -> None:
    data = config.folder / "data"
    clips, held_out = training_clips(config.data, data), held_out_clips(config.data, data)
    vocabulary(clips, held_out, text_encoder(config.text_encoder)).save(folder)
    if (config.folder / "evaluator" / NAME).exists():
        evaluator = Evaluator(config.evaluator)
        trained = config.folder / "evaluator"
        fill(evaluator, trained_weights(trained, "evaluator"), trained)
        save_evaluator(evaluator, config.text_encoder, folder / "evaluator")


def vocabulary(training: Clips, held_out: Clips, encoder: TextEncoder) -> Vocabulary:
    """The scenes of a training set; near is what all but a few of the held-out wordings are."""
    scenes, vectors = [], []
    unseen = _sentences(held_out)
    for family, counts in _sentences(training).items():
        label = family.replace("_", " ")  # known as well: some people type one word
        common = [sentence for sentence, _ in counts.most_common(MOST_READ)]
        plain = FAMILIES[family].plain if family in FAMILIES else common[0]
        sentences = [label, plain] + [sentence for sentence in common if sentence != plain]
        vectors.append(_unit_vectors(sentences, encoder))
        chosen = _unlike(vectors[-1], MOST_STORED)
        vectors[-1] = vectors[-1][chosen]
        examples = sorted((sentences[n] for n in chosen if n > 1), key=len)[:EXAMPLES]
        scenes.append(KnownScene(label, sentences[1], tuple(examples), len(chosen)))
    known = Vocabulary(tuple(scenes), 0.0, np.concatenate(vectors).astype(np.float16))
    tests = [sentence for counts in unseen.values() for sentence in list(counts)[:MOST_TESTED]]
    likeness = [known.likeness(vector).max() for vector in _unit_vectors(tests, encoder)]
    return replace(known, near=round(float(np.quantile(likeness, FAR_SHARE)), 3))


def _sentences(clips: Clips) -> dict[str, Counter]:
    """Of each family, how often each sentence comes first among a clip's, and the other sentences after those."""
    found = {family: Counter() for family in sorted(set(clips.families))}
    for family, texts in zip(clips.families, clips.texts, strict=True):
        found[family].update(texts[:1])
        found[family].update(dict.fromkeys(texts[1:], 0))
    return found


def _unit_vectors(sentences: list[str], encoder: TextEncoder) -> np.ndarray:
    vectors = encode_all(encoder, sentences)[:, :MINILM_WIDTH].numpy()
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _unlike(vectors: np.ndarray, most: int) -> list[int]:
    """The first of unit vectors (N, D), then again and again the one that is farthest from all chosen ones."""
    chosen, nearest = [0], vectors @ vectors[0]
    while len(chosen) < min(most, len(vectors)):
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen
