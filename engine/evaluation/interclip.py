"""The evaluator: motions of two people and sentences in one space, where what belongs together is near.

The published one (InterCLIP, of the InterHuman benchmark) reads words; a small one, as trained here, takes sentence
vectors of a frozen text encoder instead.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import EngineError
from ..features import CONTACTS

CHANNELS = 2 * CONTACTS.start  # both people's rows without their contacts
CLIP_WORDS, CLIP_LENGTH = 49408, 77


@dataclass(frozen=True)
class EvaluatorConfig:
    """Sizes of the motion encoder, the text encoder (a transformer over words) and the common space.

    frames_per_token: so many frames are read as one. sentence_width: so many numbers of a text encoder's rows are read;
    0: CLIP's words are.
    """

    width: int = 1024
    layers: int = 8
    heads: int = 8
    feed_forward: int = 2048
    dropout: float = 0.1
    latent: int = 512
    frames_per_token: int = 1
    sentence_width: int = 0
    word_width: int = 768


class Evaluator(nn.Module):
    """Embeddings of motions and texts, both scaled to the length `latent_scale`."""

    def __init__(self, config: EvaluatorConfig):
        super().__init__()
        self.config = config
        self.motion_encoder = MotionEncoder(config)
        self.text_encoder = SentenceHead(config) if config.sentence_width else WordEncoder(config)
        self.register_buffer("latent_scale", torch.ones(1))

    def motion(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """Embeddings (B, latent) of world rows (B, T, 2, 262) of both people; lengths (B,) in frames."""
        return self._scaled(self.motion_encoder(rows[..., : CONTACTS.start].flatten(2), lengths))

    def text(self, text: Tensor) -> Tensor:
        """Embeddings (B, latent) of a text encoder's rows (B, sentence_width or more) or CLIP's word ids (B, 77)."""
        return self._scaled(self.text_encoder(text[:, : self.config.sentence_width or None]))

    def _scaled(self, embedding: Tensor) -> Tensor:
        return F.normalize(embedding, dim=-1) * self.latent_scale


class MotionEncoder(nn.Module):
    """A transformer over frames; what a query token has gathered becomes the embedding."""

    def __init__(self, config: EvaluatorConfig):
        super().__init__()
        self.step, width = config.frames_per_token, config.width
        # Shift and scale of the channels: the published evaluator takes metres as they are.
        self.register_buffer("mean", torch.zeros(CHANNELS))
        self.register_buffer("std", torch.ones(CHANNELS))
        self.query = nn.Parameter(torch.randn(1, width))
        self.embedding = nn.Linear(self.step * CHANNELS, width)
        self.layers = _layers(config, width)
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, config.latent)

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """rows (B, T, 516), lengths (B,) in frames; frames after the last whole token are not seen."""
        count = rows.shape[1] // self.step
        rows = (rows[:, : count * self.step] - self.mean) / self.std
        tokens = self.embedding(rows.unflatten(1, (count, self.step)).flatten(2))
        tokens = torch.cat((self.query.expand(len(rows), 1, -1), tokens), dim=1)
        tokens = tokens + sinusoids(count + 1, tokens.shape[-1]).to(tokens)
        padding = torch.arange(count + 1, device=rows.device) > (lengths // self.step)[:, None]
        for layer in self.layers:
            tokens = layer(tokens, src_key_padding_mask=padding)
        return self.output(self.norm(tokens[:, 0]))


class WordEncoder(nn.Module):
    """A transformer over words (CLIP's ids and embeddings); the end of the text becomes the embedding."""

    def __init__(self, config: EvaluatorConfig):
        super().__init__()
        self.words = nn.Embedding(CLIP_WORDS, config.word_width)
        self.positions = nn.Parameter(torch.randn(CLIP_LENGTH, config.word_width) * 0.01)
        self.layers = _layers(config, config.word_width)
        self.norm = nn.LayerNorm(config.word_width)
        self.output = nn.Linear(config.word_width, config.latent)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (B, 77); the end of the text has the largest."""
        words = self.words(ids) + self.positions
        for layer in self.layers:
            words = layer(words)
        return self.output(self.norm(words)[torch.arange(len(ids)), ids.argmax(dim=-1)])


class SentenceHead(nn.Sequential):
    """From the sentence vectors, with which a frozen encoder's rows begin, to the common space."""

    def __init__(self, config: EvaluatorConfig):
        super().__init__(
            nn.Linear(config.sentence_width, config.width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.width, config.latent),
        )


def save_evaluator(model: Evaluator, text_encoder: str, folder: Path) -> None:
    """Write config.json and evaluator.safetensors, in half precision. text_encoder: the one it was trained with."""
    folder.mkdir(parents=True, exist_ok=True)
    exact = ("motion_encoder.mean", "motion_encoder.std")
    state = {n: t if n in exact else t.half() for n, t in model.state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, folder / "evaluator.safetensors")
    notes = {"text_encoder": text_encoder, "evaluator": asdict(model.config)}
    (folder / "config.json").write_text(json.dumps(notes, indent=2) + "\n", "utf-8")


def load_evaluator(folder: Path, device: torch.device | str = "cpu") -> tuple[Evaluator, str]:
    """What `save_evaluator` wrote, ready to use, and the name of its text encoder. Raises EngineError."""
    try:
        notes = json.loads((folder / "config.json").read_text("utf-8"))
        model = Evaluator(EvaluatorConfig(**notes["evaluator"]))
        tensors = load_file(folder / "evaluator.safetensors")
        model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise EngineError(f"There is no evaluator in {folder} that can be read ({error}). Train one.") from error
    return model.to(device).eval().requires_grad_(False), notes["text_encoder"]


def _layers(config: EvaluatorConfig, width: int) -> nn.ModuleList:
    sizes = {"nhead": config.heads, "dim_feedforward": config.feed_forward, "dropout": config.dropout}
    return nn.ModuleList(
        nn.TransformerEncoderLayer(width, **sizes, activation="gelu", batch_first=True) for _ in range(config.layers)
    )


def sinusoids(count: int, width: int) -> Tensor:
    """Position encoding (count, width), sine and cosine interleaved."""
    frequencies = 10000.0 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(count)[:, None] * frequencies
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
