"""InterMask: a sentence, or a person who already moves, to a Motion of two. The public API of the engine."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .chain import SECOND, Beat, beat_frames, going_on, link, said_at
from .checkpoint import Model, ModelConfig, load_model
from .completion import Clip, Completion
from .device import chosen_device
from .errors import EngineError
from .features import FRAMES_PER_TOKEN
from .in_between import context, filled_in, kept_frames
from .joining import starting_as, with_person
from .motion import Motion
from .names import exchanged
from .path import keyframe_count
from .plan import planned_paths, plans_given
from .planner import make_plan
from .representation import representation
from .sampling import SamplingSettings, decoding_steps, sample
from .text import text_encoder
from .vocabulary import Vocabulary, load_vocabulary
from .vqvae import SLOTS

MAX_CHARACTERS = 1000
PEOPLE = ("A", "B")
StepCallback = Callable[[int, int], None]


class InterMask:
    """A model and its text encoder, ready to work."""

    def __init__(self, model: Model, device: torch.device, vocabulary: Vocabulary | None = None):
        self.model, self.device, self.vocabulary = model, device, vocabulary
        self.rows = representation(model.config.vqvae.layout, model.normaliser)
        self.encoder = text_encoder(model.config.text_encoder)
        self.encoder.model.to(device)

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
        vector = self.encoder.encode([prompt])[0, : self.vocabulary.vectors.shape[1]]
        return self.vocabulary.hint(vector.cpu().numpy(), self.model.config.name)

    def generate(
        self,
        prompt: str,
        seconds: float = 3.0,
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
        start: Motion | None = None,
    ) -> Motion:
        """Both people from a sentence, in person A's frame: A starts over the origin, facing +Z.

        settings: the model's own if none are given. on_step(step, steps) is called after every sampling step; what it
        raises ends the work.
        start: one frame or a few. Person A then has the body of its A and begins with its poses, where they stand.
        Raises EngineError for a prompt or a length that is out of bounds.
        """
        if start is None:
            return self.generate_many([prompt], seconds, [seed], settings, on_step)[0]
        check_said([prompt])
        start, frames = self.rows.given(start), clip_frames(self.model.config, seconds)
        held = np.minimum(np.arange(frames), start.frames - 1)
        given = replace(
            start, root_positions=start.root_positions[:, held], joint_rotations=start.joint_rotations[:, held]
        )
        keep = np.zeros((2, frames), dtype=bool)
        keep[0, : max(start.frames, FRAMES_PER_TOKEN)] = True  # a token at least
        return starting_as(self.complete(given, keep, prompt, seed, settings, on_step), start)

    @torch.inference_mode()
    def generate_many(
        self,
        prompts: Sequence[str],
        seconds: float | Sequence[float],
        seeds: Sequence[int],
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> list[Motion]:
        """`generate` for as many prompts and seeds at once, of one length or of each its own.

        A seed gives what it gives alone, up to rounding.
        """
        check_said(prompts)
        seconds = [seconds] * len(prompts) if isinstance(seconds, int | float) else seconds
        frames = [clip_frames(self.model.config, each) for each in seconds]
        pairs = self._make(prompts, frames, seeds, settings, on_step)
        if not self.model.config.transformer.tells_people_apart:
            pairs = [_nearest_first(pair) for pair in pairs]
        return [self.rows.placed(pair) for pair in pairs]

    def react(
        self,
        actor: Motion,
        prompt: str = "",
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
        person: str = "A",
        beats: Sequence[Beat] = (),
    ) -> Motion:
        """The other one for `person` ("A" or "B") of `actor`, whose motion comes back exactly. The prompt may be empty.

        beats: those of a chain, which say in place of the prompt what happens when.
        The actor may be anywhere on the floor, y = 0, of any size, and longer than the model's clips. The partner is
        made for an actor whose legs are as long as the reference's, then scaled with the actor, so that the two fit.
        person: of "A", the actor's person B is not looked at. Of "B", its person A says where the new A starts.
        Raises EngineError for a prompt or a length that is out of bounds.
        """
        return self.react_many([actor], [prompt], [seed], settings, on_step, person, beats)[0]

    def react_many(
        self,
        actors: Sequence[Motion],
        prompts: Sequence[str],
        seeds: Sequence[int],
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
        person: str = "A",
        beats: Sequence[Beat] = (),
    ) -> list[Motion]:
        """`react` for as many actors of one length at once."""
        if person not in PEOPLE:
            raise EngineError(f"There is no person {person}: the one who is kept is A or B.")
        kept = PEOPLE.index(person)
        keep = np.zeros((2, actors[0].frames), dtype=bool)
        keep[kept] = True
        pairs = self.complete_many(actors, [keep] * len(actors), prompts, seeds, settings, on_step, beats)
        return [with_person(pair, kept, actor) for actor, pair in zip(actors, pairs, strict=True)]

    def complete(
        self,
        motion: Motion,
        keep: np.ndarray,
        prompt: str = "",
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> Motion:
        """A pair made anew where `keep`, (2, T) or (T,) for both, is false. The prompt may be empty.

        A token stands for four frames and is kept if all of them are. The kept frames come back as the VQ-VAE gives
        them again, so that there is no seam; with all kept this is its reconstruction. Person A starts where `motion`
        says, also when A is made anew, and who is not kept at all stands on the floor, y = 0, sized as in `react`.
        Raises EngineError for a prompt or a length that is out of bounds, or if no frame is kept.
        """
        return self.complete_many([motion], [keep], [prompt], [seed], settings, on_step)[0]

    @torch.inference_mode()
    def complete_many(
        self,
        motions: Sequence[Motion],
        keeps: Sequence[np.ndarray],
        prompts: Sequence[str],
        seeds: Sequence[int],
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
        beats: Sequence[Beat] = (),
    ) -> list[Motion]:
        """`complete` for as many motions of one length at once, window by window if they are long (completion.py)."""
        settings = settings or self.model.config.sampling
        pairs = [self._completion(*given) for given in zip(motions, keeps, strict=True)]
        count = len(pairs[0].windows)
        steps = [max(_steps(settings, pair.fixed(number)) for pair in pairs) for number in range(count)]
        for number in range(count):
            clips = [pair.clip() for pair in pairs]
            ids = self._encode(np.concatenate([clip.rows for clip in clips])).view(len(clips), -1)
            free = torch.from_numpy(~np.stack([clip.fixed for clip in clips])).to(ids.device)
            given = ids.masked_fill(free.repeat_interleave(SLOTS, dim=1).flatten(1), self._hidden)
            window = pairs[0].windows[number]
            later = _from_step(on_step, sum(steps[:number]), sum(steps))
            window_seeds, legs = [seed + number for seed in seeds], [pair.legs for pair in pairs]
            if beats:
                middle = (max(window.start, pairs[0].windows[number - 1].stop if number else 0) + window.stop) / 2
                prompts = [said_at(beats, middle / self.model.config.fps)] * len(pairs)
            frames = [window.stop - window.start] * len(pairs)
            made = self._make(prompts, frames, window_seeds, settings, later, given, legs, clips)
            for pair, clip, motion in zip(pairs, clips, made, strict=True):
                pair.add(clip, motion)
        return [pair.whole() for pair in pairs]

    def chain(
        self,
        beats: Sequence[Beat],
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
        start: Motion | None = None,
    ) -> Motion:
        """What the beats say, one after the other, by the same two people; as many as are wanted.

        Each part but the first goes on from the last second of the one before and fades in over it. The motion's
        settings["beats"] say of each beat its prompt, seconds, seed, the frame where it starts and its frames.
        on_step counts the steps of all parts. start: as in `generate`.
        Raises EngineError, before any work, for a part that is out of bounds.
        """
        settings, config = settings or self.model.config.sampling, self.model.config
        frames = beat_frames(beats, config.fps, config.min_frames, config.max_frames)
        for number, beat in enumerate(beats):
            try:
                check_said([beat.prompt])
            except EngineError as error:
                raise EngineError(f"Beat {number + 1} of the chain: {error}") from error
        start = start and self.rows.given(start)
        beats = [beat if beat.seed is not None else replace(beat, seed=seed + n) for n, beat in enumerate(beats)]
        steps = [_steps(settings, _given_tokens(count, SECOND if n else 0)) for n, count in enumerate(frames)]
        parts: list[Motion] = []
        for number, (beat, count) in enumerate(zip(beats, frames, strict=True)):
            later = _from_step(on_step, sum(steps[:number]), sum(steps))
            if parts:
                part = self.complete(*going_on(parts[-1], count), beat.prompt, beat.seed, settings, later)
            else:
                part = self.generate(beat.prompt, beat.seconds, beat.seed, settings, later, start)
            parts.append(part)
        motion = link(parts, beats, seed)
        return starting_as(motion, start) if start else motion

    def in_between(
        self,
        motion: Motion,
        start: int,
        stop: int,
        prompt: str = "",
        seed: int = 0,
        settings: SamplingSettings | None = None,
        on_step: StepCallback | None = None,
    ) -> Motion:
        """A motion of any length with its frames from `start` up to `stop` made anew; all others come back exactly.

        The people keep their bodies. The prompt may be empty.
        Raises EngineError for a prompt that is out of bounds, or if no frame is kept.
        """
        motion = motion.with_hands() if self.rows.has_hands else motion
        near = context(start, stop, motion.frames, self.model.config.max_frames)
        part = replace(
            motion, root_positions=motion.root_positions[:, near], joint_rotations=motion.joint_rotations[:, near]
        )
        gap = start - near.start, stop - near.start
        made = self.complete(part, kept_frames(part.frames, *gap), prompt, seed, settings, on_step)
        made = made.with_hands(part) if motion.has_hands else made
        part = filled_in(part, made, *gap)
        roots, turns = motion.root_positions.copy(), motion.joint_rotations.copy()
        roots[:, start:stop] = part.root_positions[:, gap[0] : gap[1]]
        turns[:, start:stop] = part.joint_rotations[:, gap[0] : gap[1]]
        return replace(made, root_positions=roots, joint_rotations=turns, bone_offsets=motion.bone_offsets)

    @torch.inference_mode()
    def decode(self, ids: Tensor, lengths: Tensor) -> list[np.ndarray]:
        """Rows (2, 4 L, ...), as the networks give them, of token ids (B, 10 T) of L = lengths[b] tokens a slot.

        Clips of one length go through the VQ-VAE together: to it, padding would be motion.
        """
        ids, made = ids.view(len(ids), len(PEOPLE), SLOTS, -1), [None] * len(ids)
        for length in lengths.unique().tolist():
            same = (lengths == length).nonzero()[:, 0]
            people = self.model.vqvae.decode(ids[same.to(ids.device), ..., :length].reshape(len(same) * 2, -1))
            pairs = people.float().cpu().numpy().astype(np.float64)
            for number, pair in zip(same.tolist(), pairs.reshape(len(same), 2, *pairs.shape[1:]), strict=True):
                made[number] = pair
        return made

    @property
    def _hidden(self) -> int:
        return self.model.transformer.config.mask_id

    def _completion(self, motion: Motion, keep: np.ndarray) -> Completion:
        """What is given of a motion, if the model can go on from there."""
        config = self.model.config
        if motion.fps != config.fps:
            raise EngineError(f"The actor has {motion.fps:g} frames a second, the model {config.fps:g}.")
        if motion.frames < config.min_frames:
            long, least = motion.frames / motion.fps, config.min_frames / config.fps
            raise EngineError(f"The actor moves for {long:.2g} seconds; this model needs {least:g} or more of them.")
        keep = np.asarray(keep, dtype=bool)
        if keep.shape not in ((motion.frames,), (2, motion.frames)) or not keep.any():
            raise EngineError(f"Say for each of the {motion.frames} frames whether it is kept, and keep at least one.")
        return self.rows.completion(motion, np.broadcast_to(keep, (2, motion.frames)), config.max_frames)

    def _make(
        self,
        prompts: Sequence[str],
        frames: Sequence[int],
        seeds: Sequence[int],
        settings: SamplingSettings | None,
        on_step: StepCallback | None,
        given: Tensor | None = None,
        legs: Sequence[Sequence[float | None]] | None = None,
        clips: Sequence[Clip] = (),
    ) -> list[Motion]:
        """Pairs of so many frames each, where the networks have them: of InterHuman, each person's lowest joint at 0.

        given: (B, 10 T) ids, the mask id where free, of `clips`. legs: (B, 2) of those whose size is known.
        """
        settings, text, plan = settings or self.model.config.sampling, self._text(prompts), None
        lengths = torch.tensor([math.ceil(count / FRAMES_PER_TOKEN) for count in frames])
        if self.model.planner:
            said = self.model.planner.read(text, self._text([exchanged(prompt) for prompt in prompts]))
            plan = make_plan(self.model.planner, said, lengths, settings.guidance, seeds, *plans_given(clips))
        ids = sample(self.model.transformer, text, lengths, settings, seeds, given, on_step, plan)
        pairs, paths = self.decode(ids, lengths), [None] * len(ids)
        if plan is not None:
            plans = zip(plan.cpu().numpy(), keyframe_count(lengths).tolist(), pairs, strict=True)
            paths = [planned_paths(each[:keyframes], pair.shape[1]) for each, keyframes, pair in plans]
            paths = [path[:, :count] for path, count in zip(paths, frames, strict=True)]
        pairs = [rows[:, :count] for rows, count in zip(pairs, frames, strict=True)]
        legs = legs or [(None, None)] * len(pairs)
        notes = {"fps": self.model.config.fps, "settings": asdict(settings), "model": self.model.config.name}
        return [
            self.rows.motion(pair, sizes, path, prompt=prompt, seed=seed, **notes)
            for pair, sizes, path, prompt, seed in zip(pairs, legs, paths, prompts, seeds, strict=True)
        ]

    def _text(self, prompts: Sequence[str]) -> Tensor:
        """What the transformer is told (B, ...); an empty prompt is what it was trained with for "nothing said"."""
        _check_text(prompts)
        text = self.encoder.encode(list(prompts))
        empty = torch.tensor([not prompt.strip() for prompt in prompts], device=self.device)
        return text.masked_fill(empty.view(-1, *[1] * (text.ndim - 1)), 0.0)

    def _encode(self, rows: np.ndarray) -> Tensor:
        """Token ids (B, 5 T) of rows (B, 4 T, ...) of single people."""
        return self.model.vqvae.encode(torch.from_numpy(self.rows.to_networks(rows)).to(self.device))


def clip_frames(config: ModelConfig, seconds: float) -> int:
    """Frames of a clip of `seconds`. Raises EngineError if the model can't make it."""
    lowest, highest = config.min_frames / config.fps, config.max_frames / config.fps
    if not lowest <= seconds <= highest:
        raise EngineError(
            f"{seconds:g} seconds were asked for; this model makes clips of {lowest:g} to {highest:g} seconds."
        )
    return round(seconds * config.fps)


def _check_text(prompts: Sequence[str]) -> None:
    for prompt in prompts:
        if len(prompt) > MAX_CHARACTERS:
            raise EngineError(f"The prompt has {len(prompt)} characters; at most {MAX_CHARACTERS} are read.")
        if prompt.encode("utf-8", "ignore").decode("utf-8") != prompt:
            raise EngineError("The prompt holds bytes that are no text in UTF-8.")


def check_said(prompts: Sequence[str]) -> None:
    """Raise EngineError unless each prompt says something that can be read."""
    if not all(prompt.strip() for prompt in prompts):
        raise EngineError("The prompt is empty: say what the two people do.")
    _check_text(prompts)


def _given_tokens(frames: int, given: int) -> np.ndarray:
    """(2, L) which tokens of a clip are given, of so many given frames and `frames` that are not."""
    tokens = math.ceil((given + frames) / FRAMES_PER_TOKEN)
    return np.broadcast_to(np.arange(tokens) < given // FRAMES_PER_TOKEN, (2, tokens))


def _steps(settings: SamplingSettings, fixed: np.ndarray) -> int:
    return decoding_steps(settings, int((~fixed).sum()) * SLOTS, fixed.size * SLOTS)


def _from_step(on_step: StepCallback | None, done: int, total: int) -> StepCallback | None:
    """on_step for a part of the work that comes after `done` of `total` steps."""
    return on_step and (lambda step, _: on_step(done + step, total))


def _nearest_first(pair: Motion) -> Motion:
    """The pair with person A over the origin.

    A network that does not tell people apart may give the place over the origin, which in training is A's, to either.
    Whoever starts there is A, so that words for the first person mean A.
    """
    order = np.argsort(np.linalg.norm(pair.root_positions[:, 0, ::2], axis=-1))
    names = ("root_positions", "joint_rotations", "bone_offsets")
    return replace(pair, **{name: getattr(pair, name)[order] for name in names})
