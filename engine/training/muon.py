"""Muon: momentum whose matrices are made orthogonal, so that a step goes equally far in every direction."""

from itertools import chain

import torch
from torch import Tensor, nn
from torch.optim.optimizer import Optimizer

MOMENTUM, ROUNDS = 0.95, 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the Newton-Schulz iteration, from Jordan (2024)
ADAM_STEP = 0.2  # root mean square of a step of AdamW at learning rate 1, nearly


class Muon(Optimizer):
    """For matrices (..., M, N) that turn vectors into vectors; AdamW is for all other weights, at the same rate.

    Keller Jordan, "Muon: An optimizer for hidden layers in neural networks" (2024); steps as long as AdamW's: Liu et
    al., "Muon is scalable for LLM training" (2025). torch.optim.Muon works in bf16, which many CPUs only emulate.
    """

    def __init__(self, params, lr: float, weight_decay: float = 0.0):
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        """Move all weights that have a gradient; matrices of one shape are worked on together."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = {}
            for weights in group["params"]:
                if weights.grad is not None:
                    alike.setdefault(weights.shape, []).append(weights)
            for shape, all_weights in alike.items():
                steps = orthogonal(torch.stack([self._momentum(weights) for weights in all_weights]))
                length = group["lr"] * ADAM_STEP * max(shape[-2:]) ** 0.5
                torch._foreach_mul_(all_weights, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(all_weights, list(steps.unbind()), alpha=-length)

    def _momentum(self, weights: Tensor) -> Tensor:
        """The gradient, moved on by Nesterov's rule."""
        state = self.state[weights]
        momentum = state.setdefault("momentum", torch.zeros_like(weights))
        momentum.lerp_(weights.grad, 1 - MOMENTUM)
        return weights.grad.lerp(momentum, MOMENTUM)


class MuonAndAdamW:
    """Muon for the matrices of a network's blocks, AdamW for all its other weights."""

    def __init__(self, model: nn.Module, lr: float, betas: tuple[float, float], weight_decay: float):
        named = [(name, weights) for name, weights in model.named_parameters() if weights.requires_grad]
        blocks = [weights for name, weights in named if name.startswith("blocks.") and weights.ndim == 2]
        chosen = set(map(id, blocks))
        others = [weights for _, weights in named if id(weights) not in chosen]
        self.both = (
            Muon(blocks, lr, weight_decay),
            torch.optim.AdamW(others, lr, betas=betas, weight_decay=weight_decay),
        )

    @property
    def param_groups(self) -> list[dict]:
        """Of both."""
        return list(chain.from_iterable(optimizer.param_groups for optimizer in self.both))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for optimizer in self.both:
            optimizer.zero_grad(set_to_none)

    def step(self) -> None:
        """Move all weights."""
        for optimizer in self.both:
            optimizer.step()

    def state_dict(self) -> dict:
        """The state of both."""
        return {"muon": self.both[0].state_dict(), "adamw": self.both[1].state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """Take over what `state_dict` gave."""
        for optimizer, name in zip(self.both, ("muon", "adamw"), strict=True):
            optimizer.load_state_dict(state[name])


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices (..., M, N) with all singular values near 1, by five rounds of Newton and Schulz.

    Each round turns x into (a + b G + c G G) x with G = x x^T: all of it is settled by the first G, which is the
    smaller the longer a matrix is.
    """
    wide = matrices.mT if matrices.shape[-2] > matrices.shape[-1] else matrices
    wide = wide / torch.linalg.matrix_norm(wide, keepdim=True).clamp(min=1e-7)
    gram = wide @ wide.mT
    one = turn = torch.eye(gram.shape[-1], device=gram.device)
    a, b, c = COEFFICIENTS
    for number in range(ROUNDS):
        factor = a * one + b * gram + c * gram @ gram
        turn = factor @ turn
        if number < ROUNDS - 1:
            gram = factor @ gram @ factor
    x = turn @ wide
    return x.mT if matrices.shape[-2] > matrices.shape[-1] else x
