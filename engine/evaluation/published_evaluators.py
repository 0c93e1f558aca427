"""The benchmarks' evaluators from the files that were published: their tensors' names, translated to ours."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..published import translate
from ..published_files import network_of, read_checkpoint
from .interclip import CHANNELS, Evaluator, EvaluatorConfig
from .interx_evaluator import InterXEvaluator

# Ours -> published, as in published.py.
INTERCLIP_NAMES = (
    (r"^motion_encoder\.query$", "motion_encoder.query_token"),
    (r"^motion_encoder\.embedding\.", "motion_encoder.embed_motion."),
    (r"^motion_encoder\.layers\.", "motion_encoder.transformer.layers."),
    (r"^motion_encoder\.norm\.", "motion_encoder.out_ln."),
    (r"^motion_encoder\.output\.", "motion_encoder.out."),
    (r"^text_encoder\.words\.", "token_embedding."),
    (r"^text_encoder\.positions$", "positional_embedding"),
    (r"^text_encoder\.layers\.", "textTransEncoder.layers."),
    (r"^text_encoder\.norm\.", "text_ln."),
    (r"^text_encoder\.output\.", "out."),
)
INTERX_NAMES = (
    (r"^movements\.first\.", "movement_encoder.main.0."),
    (r"^movements\.second\.", "movement_encoder.main.3."),
    (r"^movements\.output\.", "movement_encoder.out_net."),
    (r"^word_classes\.", "text_encoder.pos_emb."),
    (r"\.start$", ".hidden"),
    (r"\.input\.", ".input_emb."),
    (r"\.head\.", ".output_net."),
)
INTERX_PARTS = ("movement_encoder", "text_encoder", "motion_encoder")
# Classes that PyTorch Lightning names in a checkpoint beside the weights, as keys of what they noted.
NOTERS = ("model_checkpoint.ModelCheckpoint", "early_stopping.EarlyStopping")
COMPUTED = "motion_encoder.sequence_pos_encoder.pe"  # stored by the file, ours to compute


def interclip_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published InterCLIP evaluator's tensors under our names, for an Evaluator of its default config.

    EngineError if they do not fit.
    """
    with torch.device("meta"):
        expected = Evaluator(EvaluatorConfig()).state_dict()
    unscaled = {"motion_encoder.mean": torch.zeros(CHANNELS), "motion_encoder.std": torch.ones(CHANNELS)}
    expected = {name: tensor for name, tensor in expected.items() if name not in unscaled}
    published = {name: tensor for name, tensor in published.items() if name != COMPUTED}
    return translate(published, expected, INTERCLIP_NAMES, "InterCLIP evaluator") | unscaled


def interx_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published Inter-X evaluator's tensors, "part.name", under our names. EngineError if they do not fit."""
    with torch.device("meta"):
        expected = InterXEvaluator().state_dict()
    return translate(published, expected, INTERX_NAMES, "Inter-X evaluator")


class Noter:
    """Stands for one of NOTERS, so that neither is Lightning needed nor anything of it run."""


def load_interclip(path: Path, device: torch.device | str = "cpu") -> Evaluator:
    """InterCLIP from the file that InterGen's authors publish (interclip.ckpt), ready to use. Raises EngineError."""
    with torch.serialization.safe_globals([(Noter, f"pytorch_lightning.callbacks.{name}") for name in NOTERS]):
        checkpoint = read_checkpoint(path)
    state = network_of(checkpoint, ("state_dict",), "InterCLIP evaluator", path)
    state = interclip_state({name.removeprefix("model."): tensor for name, tensor in state.items()})
    return _ready(Evaluator, (EvaluatorConfig(),), state, device)


def load_interx(path: Path, device: torch.device | str = "cpu") -> InterXEvaluator:
    """Inter-X's evaluator from the file that its authors publish, ready to use. Raises EngineError."""
    checkpoint = read_checkpoint(path)
    parts = {part: network_of(checkpoint, (part,), "Inter-X evaluator", path) for part in INTERX_PARTS}
    state = interx_state({f"{part}.{name}": tensor for part, found in parts.items() for name, tensor in found.items()})
    return _ready(InterXEvaluator, (), state, device)


def _ready(network: type, settings: tuple, state: dict[str, Tensor], device: torch.device | str):
    with torch.device("meta"):  # what is loaded need not be made before
        model = network(*settings)
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()}, assign=True)
    return model.to(device).eval().requires_grad_(False)
