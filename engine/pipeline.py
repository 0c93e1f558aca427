"""InterMask: a sentence, or a person who already moves, to a Motion of two. The public API of the engine."""
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import rotations as R
from .checkpoint import Model, load_model
from .errors import EngineError
from .features import SOLE, Frame, canonical_frame, motion_from_rows, rows
from .motion import Motion
from .sampling import SamplingSettings, sample
from .text import text_encoder
from .vqvae import FRAMES_PER_TOKEN, SLOTS

MAX_CHARACTERS = 1000
# People from text stand on the world's floor: their lowest joint is a sole's thickness above it.
ON_THE_FLOOR = Frame(np.array([0.0, SOLE, 0.0]), R.IDENTITY)
StepCallback = Callable[[int, int], None]


class InterMask:
    """A model and its text encoder, ready to work."""

    def __init__(self, model: Model, device: torch.device):
        self.model, self.device = model, device
        self.encoder = text_encoder(model.config.text_encoder)

    @classmethod
    def load(cls, folder: str | Path, device: str = "auto") -> "InterMask":
        """Load a model directory onto "cpu", "cuda", "mps" or the best there is. Raises EngineError."""
        chosen = chosen_device(device)
        return cls(load_model(folder, chosen), chosen)

    @property
    def limits(self) -> dict:
        """What can be asked for: min_seconds, max_seconds, max_characters."""
        config = self.model.config
        return {
            "min_seconds": config.min_frames / config.fps,
            "max_seconds": config.max_frames / config.fps,
            "max_characters": MAX_CHARACTERS,
        }

    @torch.inference_mode()
    def generate(
        self,
        prompt: str,
        seconds: float = 3.0,
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> Motion:
        """Both people from a sentence, in person A's frame: A starts over the origin, facing +Z.

        settings: the model's own if none are given. on_step(step, steps) is called after every sampling step; what it
        raises ends the work.
        Raises EngineError for a prompt or a length that is out of bounds.
        """
        if not prompt.strip():
            raise EngineError("The prompt is empty: say what the two people do.")
        settings = settings or self.model.config.sampling
        frames = self._frames(seconds)
        tokens = math.ceil(frames / FRAMES_PER_TOKEN)
        ids = self._sample(prompt, tokens, seed, settings, on_step)
        pair = self._motion(ids, frames, ON_THE_FLOOR, prompt=prompt, seed=seed, settings=asdict(settings))
        return replace(pair, root_positions=pair.root_positions - pair.root_positions[0, 0] * [1.0, 0.0, 1.0])

    @torch.inference_mode()
    def react(
        self,
        actor: Motion,
        prompt: str = "",
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> Motion:
        """Person B for person A of `actor`, wherever A stands; A's own motion is kept. The prompt may be empty.

        Raises EngineError for a prompt or a length that is out of bounds.
        """
        if actor.fps != self.model.config.fps:
            raise EngineError(f"The actor has {actor.fps:g} frames a second, the model {self.model.config.fps:g}.")
        settings = settings or self.model.config.sampling
        frames = self._frames(actor.frames / actor.fps)
        frame, actor_ids = self._encode_actor(actor)
        given = torch.cat([actor_ids, torch.full_like(actor_ids, self.model.config.transformer.codes)])
        ids = self._sample(prompt, len(actor_ids) // SLOTS, seed, settings, on_step, given[None])
        pair = self._motion(ids, frames, frame, prompt=prompt, seed=seed, settings=asdict(settings))
        names = ("root_positions", "joint_rotations", "bone_offsets")
        return replace(pair, **{n: np.stack([getattr(actor, n)[0], getattr(pair, n)[1]]) for n in names})

    def _frames(self, seconds: float) -> int:
        """Frames of a clip of `seconds`, if the model can do that."""
        lowest, highest = self.limits["min_seconds"], self.limits["max_seconds"]
        if not lowest <= seconds <= highest:
            asked = f"{seconds:g} seconds were asked for"
            raise EngineError(f"{asked}; this model makes clips of {lowest:g} to {highest:g} seconds.")
        return round(seconds * self.model.config.fps)

    def _sample(
        self,
        prompt: str,
        tokens: int,
        seed: int,
        settings: SamplingSettings,
        on_step: StepCallback | None,
        given: Tensor | None = None,
    ) -> Tensor:
        """Token ids (10 * tokens) for a prompt, which may be empty for a reaction."""
        if len(prompt) > MAX_CHARACTERS:
            raise EngineError(f"The prompt has {len(prompt)} characters; at most {MAX_CHARACTERS} are read.")
        if prompt.encode("utf-8", "ignore").decode("utf-8") != prompt:
            raise EngineError("The prompt holds bytes that are no text in UTF-8.")
        text = self.encoder.encode([prompt]).to(self.device)
        if not prompt.strip():
            text = torch.zeros_like(text)  # what the network was trained with for "nothing said"
        generator = torch.Generator().manual_seed(seed)
        lengths = torch.tensor([tokens])
        return sample(self.model.transformer, text, lengths, settings, generator, given=given, on_step=on_step)[0]

    def _motion(self, ids: Tensor, frames: int, frame: Frame, **notes) -> Motion:
        """Decode ids (10 T) of both people, cut to `frames`, and take them out of `frame` into the world."""
        pair = self.model.vqvae.decode(ids.view(2, -1).to(self.device)).float().cpu().numpy()
        world = self.model.normaliser.restore(pair[:, :frames].astype(np.float64))
        motion = motion_from_rows(world, fps=self.model.config.fps, model=self.model.config.name, **notes)
        return frame.leave(motion)

    def _encode_actor(self, actor: Motion) -> tuple[Frame, Tensor]:
        """Where the actor's clip starts, and person A's token ids (5 T)."""
        positions = actor.joint_positions[0]
        rotations = R.to_6d(actor.joint_rotations[0, :, 1:]).reshape(actor.frames, -1)
        frame = canonical_frame(positions)
        # One frame is lost to the velocities, and tokens come in fours: the last pose is held that long.
        missing = 1 + -actor.frames % FRAMES_PER_TOKEN
        held = [np.pad(part, [(0, missing)] + [(0, 0)] * (part.ndim - 1), "edge") for part in (positions, rotations)]
        clip = self.model.normaliser.normalise(rows(frame.enter(held[0]), held[1]))
        return frame, self.model.vqvae.encode(torch.from_numpy(clip[None]).to(self.device))[0]


def chosen_device(name: str) -> torch.device:
    """The device called "cpu", "cuda" or "mps"; "auto" takes CUDA, else MPS, else the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
