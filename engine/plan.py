"""Plans of scenes: where both people's pelvises, heads, wrists and ankles are and which way they face.

A keyframe stands for two tokens, eight frames. So few numbers say how two people come together; tokens do the rest.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .completion import Clip
from .features import FRAMES_PER_TOKEN, POSITIONS
from .path import FLOOR, facing, keyframes, path_through
from .skeleton import JOINT, JOINT_NAMES

PEOPLE = 2
ENDS = [JOINT[name] for name in ("head", "left_wrist", "right_wrist", "left_ankle", "right_ankle")]
PER_PERSON = 3 + 2 + 3 * len(ENDS)  # numbers of one person: pelvis, facing, ends
PLAN = PEOPLE * PER_PERSON
STATE = PLAN + len(FLOOR)  # numbers of what the planner works on
FIRST = 10.0  # metres; by this, where somebody starts is no larger a number than their steps
FIRM, NEAR = 1e4, 0.3  # how much what is given counts against a step, and where B is from A


def plan_of(positions: np.ndarray) -> np.ndarray:
    """The plan (K, 40) of a clip's joint positions (2, T, 22, 3) in metres, T a multiple of 4.

    Of each person: the pelvis, the facing (x, z of a unit vector), and the ends as seen from the pelvis.
    """
    places = positions[:, keyframes(positions.shape[1])].swapaxes(0, 1)  # (K, 2, 22, 3)
    pelvis = places[..., 0, :]
    ends = (places[..., ENDS, :] - pelvis[..., None, :]).reshape(len(places), PEOPLE, -1)
    return np.concatenate([pelvis, facing(places), ends], axis=-1).reshape(len(places), PLAN)


def plan_of_rows(rows: np.ndarray) -> np.ndarray:
    """The plan (K, 40) of rows (2, T, 262) in metres."""
    return plan_of(rows[..., POSITIONS].reshape(*rows.shape[:2], len(JOINT_NAMES), 3))


def planned_paths(plan: np.ndarray, frames: int) -> np.ndarray:
    """Both people's paths (2, T, 3) by a plan (K, 40) in metres; see path.py. T is a multiple of 4."""
    people = plan.reshape(-1, PEOPLE, PER_PERSON).swapaxes(0, 1).astype(np.float64)
    return path_through(people[..., FLOOR], people[..., 3:5], frames)


def plans_given(clips: Sequence[Clip]) -> tuple[Tensor, Tensor] | tuple[()]:
    """Plans (B, K, 40) in metres of clips of one length, and of whom which keyframes are given, (B, K, 2).

    Nothing for no clips.
    """
    if not clips:
        return ()
    plans = np.stack([plan_of_rows(clip.rows) for clip in clips])
    middles = keyframes(FRAMES_PER_TOKEN * clips[0].fixed.shape[1]) // FRAMES_PER_TOKEN  # tokens
    known = np.stack([clip.fixed[:, middles].T for clip in clips])
    plans = np.where(known.repeat(PER_PERSON, axis=-1), plans, 0.0)  # who is not given may be anything, also no number
    return torch.from_numpy(plans).float(), torch.from_numpy(known)


def seen_by_each(plan: Tensor) -> Tensor:
    """Plans (B, K, 40) in metres as each person sees them: (B, 2, K, 120).

    Of the keyframe before, the keyframe itself and the one after, oneself and the other, from below one's own pelvis
    and turned to one's own facing in the keyframe.
    """
    people = plan.unflatten(-1, (PEOPLE, PER_PERSON))
    padded = torch.cat((people[:, :1], people, people[:, -1:]), dim=1)
    near = torch.stack((padded[:, :-2], people, padded[:, 2:]), dim=2)  # (B, K, 3, 2, 20)
    seen = torch.stack((near, near.flip(3)), dim=2)  # (B, K, 2 who see, 3, 2 oneself and the other, 20)
    own = people[:, :, :, None, None]
    return turned(shifted(seen, -own[..., FLOOR]), own[..., 3:5]).flatten(3).transpose(1, 2)


def shifted(people: Tensor, by: Tensor) -> Tensor:
    """People (..., 20) elsewhere on the floor, by (..., 2) metres."""
    by = by.expand(*people.shape[:-1], -1)
    return torch.cat(
        (people[..., :1] + by[..., :1], people[..., 1:2], people[..., 2:3] + by[..., 1:], people[..., 3:]), -1
    )


def turned(people: Tensor, facing: Tensor) -> Tensor:
    """People (..., 20) as they are seen by who stands at the origin and faces `facing` (..., 2), x and z."""
    sine, cosine = F.normalize(facing, dim=-1).split(1, dim=-1)

    def seen(vectors: Tensor) -> Tensor:
        x, z = vectors[..., :1], vectors[..., -1:]
        return torch.cat((x * cosine - z * sine, vectors[..., 1:-1], x * sine + z * cosine), dim=-1)

    parts = people[..., :3], people[..., 3:5], *people[..., 5:].split(3, dim=-1)
    return torch.cat([seen(part) for part in parts], dim=-1)


def points(plan: Tensor) -> Tensor:
    """Where pelvises and ends are in the world, (..., 2, 6, 3), by a plan (..., 40) in metres."""
    people = plan.unflatten(-1, (PEOPLE, PER_PERSON))
    pelvis = people[..., None, :3]
    return torch.cat((pelvis, people[..., 5:].unflatten(-1, (len(ENDS), 3)) + pelvis), dim=-2)


def state_of(plan: Tensor) -> Tensor:
    """Plans (B, K, 40) as the planner works on them (B, K, 42): no places but where B is from A, in the last two.

    On the floor, pelvises are told by how far they came since the keyframe before; in the first one by where they are,
    in units of ten metres.
    """
    people = plan.unflatten(-1, (PEOPLE, PER_PERSON))
    places = people[..., FLOOR]
    steps = torch.cat((places[:, :1] / FIRST, places.diff(dim=1)), dim=1)
    people = torch.cat((steps[..., :1], people[..., 1:2], steps[..., 1:], people[..., 3:]), dim=-1)
    return torch.cat((people.flatten(-2), places[..., 1, :] - places[..., 0, :]), dim=-1)


def plan_of_state(state: Tensor, counts: Tensor, given: Tensor, known: Tensor) -> Tensor:
    """Plans (B, K, 40) of states (B, K, 42), whose steps and distances are fitted to each other by least squares.

    counts: (B,) keyframes of each. given (B, K, 40) is kept where known (B, K, 2) is 1.
    """
    count, device = state.shape[1], state.device
    one, none = torch.eye(count, device=device), torch.zeros(count, count, device=device)
    change = one - torch.diag(torch.ones(count - 1, device=device), -1)
    change[0] /= FIRST
    # Unknown are A's places, then B's. Told are the steps of both, and where B is from A.
    told = torch.cat((torch.cat((change, none), 1), torch.cat((none, change), 1), torch.cat((-one, one), 1)))
    held = (torch.arange(count, device=device) < counts[:, None]).float()
    weighted = told.T * torch.cat((torch.ones_like(held.repeat(1, 2)), NEAR * held), dim=1)[:, None]  # (B, 2K, 3K)
    people = state[..., :PLAN].unflatten(-1, (PEOPLE, PER_PERSON))
    values = torch.cat((people[..., FLOOR].transpose(1, 2).flatten(1, 2), state[..., PLAN:]), dim=1)
    firm = FIRM * known.transpose(1, 2).flatten(1)  # (B, 2K)
    wanted = given.unflatten(-1, (PEOPLE, PER_PERSON))[..., FLOOR].transpose(1, 2).flatten(1, 2)
    places = torch.linalg.solve(weighted @ told + torch.diag_embed(firm), weighted @ values + firm[..., None] * wanted)
    places = places.unflatten(1, (PEOPLE, count)).transpose(1, 2)
    plan = torch.cat((places[..., :1], people[..., 1:2], places[..., 1:], people[..., 3:]), dim=-1).flatten(-2)
    return torch.where(known.repeat_interleave(PER_PERSON, dim=-1) > 0, given, plan)


def state_known(known: Tensor) -> Tensor:
    """Which numbers of a state (B, K, 42) follow from who is known in which keyframe (B, K, 2); 1 or 0.

    A step follows from two keyframes, and where B is from A from both people.
    """
    whole = known.repeat_interleave(PER_PERSON, dim=-1).unflatten(-1, (PEOPLE, PER_PERSON)).clone()
    before = torch.cat((torch.ones_like(known[:, :1]), known[:, :-1]), dim=1)
    whole[..., FLOOR] = whole[..., FLOOR] * before[..., None]
    both = known.prod(dim=-1, keepdim=True).expand(-1, -1, len(FLOOR))
    return torch.cat((whole.flatten(-2), both), dim=-1)
