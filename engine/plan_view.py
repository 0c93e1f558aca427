"""How the planner looks at scenes: the one who does the deed comes first, and does it with the right hand.

A scene in which B does it, or the left hand, is such a scene seen otherwise: the planner need not learn it again.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .path import FLOOR
from .plan import PEOPLE, PER_PERSON, shifted, turned

# Of one person's numbers: which one is there in the mirror, and where the sign changes (all that goes along x).
IN_MIRROR = [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 8, 9, 10, 17, 18, 19, 14, 15, 16]
ALONG_X = [0, 3, 5, 8, 11, 14, 17]


@dataclass(frozen=True)
class View:
    """A view of plans (B, K, 40) in metres.

    exchanged (B,): B comes first. mirrored (B,): left is right. place, facing (B, 2): x and z of who is at the origin
    and faces +Z.
    """

    exchanged: Tensor
    mirrored: Tensor
    place: Tensor
    facing: Tensor

    @classmethod
    def from_person(cls, plan: Tensor, person: int, chosen: Tensor, exchanged: Tensor, mirrored: Tensor) -> "View":
        """In the frame of a person, 0 or 1, at the first keyframe; of those not `chosen` (B,), in the plan's own."""
        start = plan[:, 0].unflatten(-1, (PEOPLE, PER_PERSON))[:, person]
        facing = torch.where(chosen[:, None], start[:, 3:5], start.new_tensor([0.0, 1.0]))
        return cls(exchanged, mirrored, start[:, FLOOR] * chosen[:, None], facing)

    def enter(self, plan: Tensor) -> Tensor:
        """A plan as it is seen."""
        people = plan.unflatten(-1, (PEOPLE, PER_PERSON))
        people = turned(shifted(people, -self.place[:, None, None]), self.facing[:, None, None])
        return self._mirrored(self.ordered(people)).flatten(-2)

    def leave(self, plan: Tensor) -> Tensor:
        """The plan that is seen as `plan`."""
        people = self.ordered(self._mirrored(plan.unflatten(-1, (PEOPLE, PER_PERSON))))
        back = self.facing * self.facing.new_tensor([-1.0, 1.0])
        return shifted(turned(people, back[:, None, None]), self.place[:, None, None]).flatten(-2)

    def ordered(self, people: Tensor) -> Tensor:
        """What is said of both people (B, K, 2, ...), in the order in which they are seen."""
        return torch.where(self.exchanged.view(-1, *[1] * (people.ndim - 1)), people.flip(2), people)

    def _mirrored(self, people: Tensor) -> Tensor:
        signs = torch.ones(PER_PERSON, device=people.device)
        signs[ALONG_X] = -1
        return torch.where(self.mirrored[:, None, None, None], people[..., IN_MIRROR] * signs, people)
