"""InterMask: a sentence, or a person who already moves, to a Motion of two. The public API of the engine."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import rotations as R
from .checkpoint import Model, load_model
from .errors import EngineError
from .features import SOLE, Frame, canonical_frame, motion_from_rows, pair_rows
from .motion import Motion
from .sampling import SamplingSettings, sample
from .text import text_encoder
from .vocabulary import Vocabulary, load_vocabulary
from .vqvae import FRAMES_PER_TOKEN, SLOTS

MAX_CHARACTERS = 1000
# People from text stand on the world's floor: their lowest joint is a sole's thickness above it.
ON_THE_FLOOR = Frame(np.array([0.0, SOLE, 0.0]), R.IDENTITY)
StepCallback = Callable[[int, int], None]


class InterMask:
    """A model and its text encoder, ready to work."""

    def __init__(self, model: Model, device: torch.device, vocabulary: Vocabulary | None = None):
        self.model, self.device, self.vocabulary = model, device, vocabulary
        self.encoder = text_encoder(model.config.text_encoder)

    @classmethod
    def load(cls, folder: str | Path, device: str = "auto") -> "InterMask":
        """Load a model directory onto "cpu", "cuda", "mps" or the best there is. Raises EngineError."""
        chosen = chosen_device(device)
        return cls(load_model(folder, chosen), chosen, load_vocabulary(folder))

    @property
    def limits(self) -> dict:
        """What can be asked for: min_seconds, max_seconds, max_characters."""
        config = self.model.config
        return {
            "min_seconds": config.min_frames / config.fps,
            "max_seconds": config.max_frames / config.fps,
            "max_characters": MAX_CHARACTERS,
        }

    def hint(self, prompt: str) -> str:
        """A sentence for the user if the model knows no scene like the prompt's and will show another one, else ""."""
        if not self.vocabulary or not prompt.strip():
            return ""
        return self.vocabulary.hint(self.encoder.encode([prompt])[0].numpy(), self.model.config.name)

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
        return self.generate_many([prompt], seconds, [seed], settings, on_step)[0]

    @torch.inference_mode()
    def generate_many(
        self,
        prompts: Sequence[str],
        seconds: float,
        seeds: Sequence[int],
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> list[Motion]:
        """`generate` for as many prompts and seeds at once: a seed gives what it gives alone, up to rounding."""
        if not all(prompt.strip() for prompt in prompts):
            raise EngineError("The prompt is empty: say what the two people do.")
        frames = self._frames(seconds)
        places = [ON_THE_FLOOR] * len(prompts)
        pairs = self._make(prompts, frames, seeds, settings, on_step, places)
        return [_from_person_a(pair) for pair in pairs]

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
        return self.react_many([actor], [prompt], [seed], settings, on_step)[0]

    @torch.inference_mode()
    def react_many(
        self,
        actors: Sequence[Motion],
        prompts: Sequence[str],
        seeds: Sequence[int],
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> list[Motion]:
        """`react` for as many actors of one length at once."""
        frames = self._length(actors[0])
        places, clips = zip(*(self._network_rows(actor) for actor in actors), strict=True)
        actor_ids = self._encode(np.stack([clip[0] for clip in clips]))
        given = torch.cat([actor_ids, torch.full_like(actor_ids, self._hidden)], dim=1)
        pairs = self._make(prompts, frames, seeds, settings, on_step, places, given)
        names = ("root_positions", "joint_rotations", "bone_offsets")
        return [
            replace(pair, **{n: np.stack([getattr(actor, n)[0], getattr(pair, n)[1]]) for n in names})
            for actor, pair in zip(actors, pairs, strict=True)
        ]

    @torch.inference_mode()
    def in_between(
        self,
        motion: Motion,
        keep: np.ndarray,
        prompt: str = "",
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> Motion:
        """Both people of `motion`, made anew at the frames where `keep` (T,) is false. The prompt may be empty.

        A token stands for four frames and is kept if all of them are. The kept frames come back as the VQ-VAE gives
        them again, so that there is no seam; with all kept this is its reconstruction.
        Raises EngineError for a prompt or a length that is out of bounds, or if no frame is kept.
        """
        keep = np.asarray(keep, dtype=bool)
        frames = self._length(motion)
        if keep.shape != (frames,) or not keep.any():
            raise EngineError(f"Say for each of the {frames} frames whether it is kept, and keep at least one.")
        place, clip = self._network_rows(motion, keep)
        ids = self._encode(clip)
        fixed = np.pad(keep, (0, clip.shape[1] - frames), "edge").reshape(-1, FRAMES_PER_TOKEN).all(axis=1)
        free = torch.from_numpy(~fixed).repeat(len(ids), SLOTS).to(ids.device)
        given = ids.masked_fill(free, self._hidden).flatten()[None]
        pair = self._make([prompt], frames, [seed], settings, on_step, [place], given)[0]
        # Each person was laid on the own lowest joint, B goes back from A's floor to B's.
        lowest = motion.joint_positions[:, keep, :, 1].min((1, 2))
        pair.root_positions[1, :, 1] += lowest[1] - lowest[0]
        return pair

    @property
    def _hidden(self) -> int:
        return self.model.transformer.config.mask_id

    def _length(self, motion: Motion) -> int:
        """Frames of a motion that is given, if the model can do that."""
        if motion.fps != self.model.config.fps:
            raise EngineError(f"The actor has {motion.fps:g} frames a second, the model {self.model.config.fps:g}.")
        return self._frames(motion.frames / motion.fps)

    def _frames(self, seconds: float) -> int:
        """Frames of a clip of `seconds`, if the model can do that."""
        lowest, highest = self.limits["min_seconds"], self.limits["max_seconds"]
        if not lowest <= seconds <= highest:
            asked = f"{seconds:g} seconds were asked for"
            raise EngineError(f"{asked}; this model makes clips of {lowest:g} to {highest:g} seconds.")
        return round(seconds * self.model.config.fps)

    def _make(
        self,
        prompts: Sequence[str],
        frames: int,
        seeds: Sequence[int],
        settings: SamplingSettings | None,
        on_step: StepCallback | None,
        places: Sequence[Frame],
        given: Tensor | None = None,
    ) -> list[Motion]:
        """Pairs of `frames` frames that stand in `places`; given: (B, 10 T) ids, the mask id where they are free."""
        settings = settings or self.model.config.sampling
        tokens = math.ceil(frames / FRAMES_PER_TOKEN) if given is None else given.shape[1] // (2 * SLOTS)
        text, lengths = self._text(prompts), torch.full((len(prompts),), tokens)
        ids = sample(self.model.transformer, text, lengths, settings, seeds, given, on_step)
        people = self.model.vqvae.decode(ids.view(2 * len(prompts), -1)).float().cpu().numpy().astype(np.float64)
        pairs = self.model.normaliser.restore(people).reshape(len(prompts), 2, -1, people.shape[-1])[:, :, :frames]
        config, made = self.model.config, []
        for pair, place, prompt, seed in zip(pairs, places, prompts, seeds, strict=True):
            notes = {"prompt": prompt, "seed": seed, "settings": asdict(settings), "model": config.name}
            made.append(place.leave(motion_from_rows(pair, fps=config.fps, **notes)))
        return made

    def _text(self, prompts: Sequence[str]) -> Tensor:
        """What the transformer is told (B, ...); an empty prompt is what it was trained with for "nothing said"."""
        for prompt in prompts:
            if len(prompt) > MAX_CHARACTERS:
                raise EngineError(f"The prompt has {len(prompt)} characters; at most {MAX_CHARACTERS} are read.")
            if prompt.encode("utf-8", "ignore").decode("utf-8") != prompt:
                raise EngineError("The prompt holds bytes that are no text in UTF-8.")
        text = self.encoder.encode(list(prompts)).to(self.device)
        empty = torch.tensor([not prompt.strip() for prompt in prompts], device=self.device)
        return text.masked_fill(empty.view(-1, *[1] * (text.ndim - 1)), 0.0)

    def _network_rows(self, motion: Motion, keep: np.ndarray | None = None) -> tuple[Frame, np.ndarray]:
        """Where A's clip starts, and normalised rows (2, T, 262) of both people from there, each on the own floor.

        Frames that are not kept are drawn straight from one kept frame to the next, so that nothing of them shows.
        """
        flat = R.to_6d(motion.joint_rotations[:, :, 1:]).reshape(2, motion.frames, -1)
        values = np.concatenate([motion.joint_positions.reshape(2, motion.frames, -1), flat], axis=-1)
        if keep is not None:
            kept = np.flatnonzero(keep)
            columns = np.moveaxis(values[:, kept], 1, -1).reshape(-1, len(kept))
            lines = [np.interp(np.arange(motion.frames), kept, column) for column in columns]
            values = np.moveaxis(np.reshape(lines, (2, -1, motion.frames)), -1, 1)
        # One frame is lost to the velocities, and tokens come in fours: the last pose is held that long.
        values = np.pad(values, [(0, 0), (0, 1 + -motion.frames % FRAMES_PER_TOKEN), (0, 0)], "edge")
        positions, rotations = values[..., :66].reshape(2, -1, 22, 3), values[..., 66:]
        return canonical_frame(positions[0]), self.model.normaliser.normalise(np.stack(pair_rows(positions, rotations)))

    def _encode(self, clips: np.ndarray) -> Tensor:
        """Token ids (B, 5 T) of normalised rows (B, 4 T, 262) of single people."""
        return self.model.vqvae.encode(torch.from_numpy(clips).to(self.device))


def _from_person_a(pair: Motion) -> Motion:
    """The pair with person A over the origin.

    The network is the same for both people and does not know who comes first: it may give the place over the origin,
    which in training is A's, to either. Whoever starts there is A, so that words for the first person mean A.
    """
    order = np.argsort(np.linalg.norm(pair.root_positions[:, 0, ::2], axis=-1))
    names = ("root_positions", "joint_rotations", "bone_offsets")
    pair = replace(pair, **{name: getattr(pair, name)[order] for name in names})
    return replace(pair, root_positions=pair.root_positions - pair.root_positions[0, 0] * [1.0, 0.0, 1.0])


def chosen_device(name: str) -> torch.device:
    """The device called "cpu", "cuda" or "mps"; "auto" takes CUDA, else MPS, else the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
