"""VQ-VAE: one person's motion to discrete tokens, five body slots per four frames, and back.

Inside, motion is an image (B, channels, joints, T). Every layer is happy with channels_last memory.
"""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .skeleton import PARENTS

SLOTS = 5  # both layouts end up with five body slots
STATISTICS = ("quantiser.sums", "quantiser.counts", "quantiser.initialised")  # what only training needs


@dataclass(frozen=True)
class Layout:
    """How one data set's joints shrink to the slots: per level, on the joint axis."""

    channels: int
    kernel: int
    stride: int
    scale_factors: tuple[float, float]


LAYOUTS = {
    "interhuman": Layout(channels=12, kernel=4, stride=2, scale_factors=(2.2, 2.0)),  # 22 joints, 11, 5
    "interx": Layout(channels=6, kernel=6, stride=3, scale_factors=(3.5, 3.3)),  # 56 rows, 18, 5; back 17, 56
}


@dataclass(frozen=True)
class VQVAEConfig:
    """Sizes of the network.

    graph: "every_frame" mixes neighbouring joints in every frame. "published" does so in a clip's first frame only,
    which is how the published checkpoints were trained.
    """

    layout: Literal["interhuman", "interx"]
    codes: int = 1024
    code_width: int = 512
    width: int = 512
    resnet_depth: int = 2
    dilation_growth: int = 3
    dropout: float = 0.2
    graph: Literal["published", "every_frame"] = "published"


class VQVAE(nn.Module):
    """Encoder, quantiser, decoder. Motion is (B, T, 262) normalised rows or (B, T, 56, 6), by the layout."""

    def __init__(self, config: VQVAEConfig):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quantiser = Quantiser(config.codes, config.code_width)
        self.decoder = Decoder(config)

    def forward(self, motion: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor, "Choice"]:
        """Reconstruct motion; T a multiple of 4. noise: see Quantiser.

        Returns the reconstruction in the layout of `motion`, the commitment loss and the choice of codes.
        """
        codes, commitment_loss, choice = self.quantiser(self.features(motion), noise)
        return self._motion(self.decoder(codes)), commitment_loss, choice

    def encode(self, motion: Tensor) -> Tensor:
        """Motion of T frames to token ids (B, 5 * (T // 4)), the slot outermost."""
        return self.quantiser.nearest(self.features(motion)).flatten(1)

    def decode(self, ids: Tensor) -> Tensor:
        """Token ids (B, 5 * L) to motion of 4 L frames. InterHuman's foot contacts are not predicted: zeros."""
        return self._motion(self.decoder(self.quantiser.lookup(ids.unflatten(1, (SLOTS, -1)))))

    def weights(self) -> dict[str, Tensor]:
        """The state dict without the codebook's training statistics: what inference needs."""
        return {name: tensor for name, tensor in self.state_dict().items() if name not in STATISTICS}

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Take over what `weights` gave, without a copy: whoever holds them shares them.

        Training may go on from there, the statistics start from the loaded codes.
        """
        codes = weights["quantiser.codebook"]
        started = codes.clone(), torch.ones(len(codes), device=codes.device), torch.tensor(True, device=codes.device)
        self.load_state_dict(weights | dict(zip(STATISTICS, started, strict=True)), assign=True)

    def features(self, motion: Tensor) -> Tensor:
        """The encoder's features (B, code_width, 5, T // 4) of motion, before the choice of codes."""
        if self.config.layout == "interx":
            return self.encoder(motion.permute(0, 3, 2, 1))
        positions = motion[..., :66].unflatten(-1, (22, 3))
        velocities = motion[..., 66:132].unflatten(-1, (22, 3))
        rotations = F.pad(motion[..., 132:258].unflatten(-1, (21, 6)), (0, 0, 1, 0))  # the root has none
        return self.encoder(torch.cat((positions, velocities, rotations), dim=-1).permute(0, 3, 2, 1))

    def _motion(self, image: Tensor) -> Tensor:
        joints = image.permute(0, 3, 2, 1)  # (B, T, joints, channels)
        if self.config.layout == "interx":
            return joints
        rows = (joints[..., :3].flatten(2), joints[..., 3:6].flatten(2), joints[..., 1:, 6:].flatten(2))
        return F.pad(torch.cat(rows, dim=-1), (0, 4))


class Encoder(nn.Module):
    """Image (B, channels, joints, T) to features (B, code_width, 5, T // 4)."""

    def __init__(self, config: VQVAEConfig):
        super().__init__()
        layout, width = LAYOUTS[config.layout], config.width
        if config.layout == "interhuman":
            first = (GraphLayer(layout.channels, width, config.graph), nn.ReLU())
            self.stem = nn.Sequential(*first, GraphLayer(width, width, config.graph), nn.ReLU())
        else:
            self.stem = nn.Sequential(nn.Conv2d(layout.channels, width, 3, padding=1), nn.ReLU())
        kernel, stride = (layout.kernel, 4), (layout.stride, 2)
        self.levels = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(width, width, kernel, stride, padding=1), resnet(config)) for _ in range(2))
        )
        self.head = nn.Conv2d(width, config.code_width, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.levels(self.stem(image)))


class Decoder(nn.Module):
    """Features (B, code_width, 5, L) to an image (B, channels, joints, 4 L)."""

    def __init__(self, config: VQVAEConfig):
        super().__init__()
        layout, width = LAYOUTS[config.layout], config.width
        self.stem = nn.Sequential(nn.Conv2d(config.code_width, width, 3, padding=1), nn.ReLU())
        self.levels = nn.Sequential(
            *(
                # By factor, not by size: the factor decides which row nearest picks.
                nn.Sequential(resnet(config), nn.Upsample(scale_factor=(f, 2)), nn.Conv2d(width, width, 3, padding=1))
                for f in layout.scale_factors
            )
        )
        last = (nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
        if config.layout == "interhuman":
            graph = (GraphLayer(width, width, config.graph), nn.ReLU())
            self.head = nn.Sequential(*last, *graph, GraphLayer(width, layout.channels, config.graph))
        else:
            self.head = nn.Sequential(*last, nn.Conv2d(width, layout.channels, 3, padding=1))

    def forward(self, features: Tensor) -> Tensor:
        return self.head(self.levels(self.stem(features)))


class ResidualBlock(nn.Module):
    """x + conv1x1(relu(conv3x3(relu(x)))), the 3x3 dilated."""

    def __init__(self, width: int, dilation: int, dropout: float):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)
        self.conv2 = nn.Conv2d(width, width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.dropout(self.conv2(F.relu(self.conv1(F.relu(x)))))


def resnet(config: VQVAEConfig) -> nn.Sequential:
    """Residual blocks, the most dilated first."""
    dilations = (config.dilation_growth**level for level in reversed(range(config.resnet_depth)))
    return nn.Sequential(*(ResidualBlock(config.width, dilation, config.dropout) for dilation in dilations))


class GraphLayer(nn.Module):
    """Each joint from itself and the mean of its projected neighbours along the bones (GraphSAGE)."""

    def __init__(self, width_in: int, width_out: int, graph: str):
        super().__init__()
        self.every_frame = graph == "every_frame"
        self.project = nn.Linear(width_in, width_in)
        self.from_neighbours = nn.Linear(width_in, width_out, bias=False)
        self.from_self = nn.Linear(width_in, width_out)
        self.register_buffer("adjacency", bone_adjacency(), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        x = image.permute(0, 2, 3, 1)  # (B, joints, T, width): plain rows when the image is channels_last
        mixing = x if self.every_frame else x[:, :, :1]
        mean = (self.adjacency @ F.relu(self.project(mixing)).flatten(2)).unflatten(2, mixing.shape[2:])
        messages = F.pad(self.from_neighbours(mean), (0, 0, 0, x.shape[2] - mixing.shape[2]))
        return (self.from_self(x) + messages).permute(0, 3, 1, 2)


def bone_adjacency() -> Tensor:
    """(22, 22): row i averages over the joints that share a bone with joint i."""
    child = torch.arange(1, len(PARENTS))
    parent = torch.tensor(PARENTS[1:])
    adjacency = torch.zeros(len(PARENTS), len(PARENTS))
    adjacency[child, parent] = adjacency[parent, child] = 1.0
    return adjacency / adjacency.sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class Choice:
    """Which code each vector chose: vectors (N, width), ids (N,), in the order sample, slot, time."""

    vectors: Tensor
    ids: Tensor


class Quantiser(nn.Module):
    """Nearest-code lookup; in training the codebook is a running mean of the vectors that chose each code.

    A training step adds up the `statistics` of all parts of its batch, on all processes,
    before the codebook moves: however a batch is divided, it moves in the same way.
    """

    DECAY = 0.99
    TEMPERATURE = 0.5
    FEWEST = 1.0  # a code whose running count is lower is dead

    def __init__(self, codes: int, width: int):
        super().__init__()
        self.register_buffer("codebook", torch.zeros(codes, width))
        self.register_buffer("sums", torch.zeros(codes, width))
        self.register_buffer("counts", torch.zeros(codes))
        self.register_buffer("initialised", torch.tensor(False))

    def forward(self, features: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor, Choice]:
        """Features (B, width, 5, L) to codes of the same shape, commitment loss and the choice.

        noise: (B * 5 * L, codes) of `gumbel_noise`, in training; without it each vector gets its nearest code.
        Gradients pass straight through to the features.
        """
        with torch.autocast(features.device.type, enabled=False):  # distances cancel: they need float32
            vectors = features.float().permute(0, 2, 3, 1)  # (B, 5, L, width)
            flat = vectors.detach().flatten(0, 2)
            scores = -self._distances(flat)
            if noise is not None:
                scores = scores / self.TEMPERATURE + noise
            ids = scores.argmax(dim=1)
            codes = F.embedding(ids, self.codebook).view_as(vectors)
            straight_through = vectors + (codes - vectors).detach()
            return straight_through.permute(0, 3, 1, 2), F.mse_loss(vectors, codes), Choice(flat, ids)

    def nearest(self, features: Tensor) -> Tensor:
        """Ids (B, 5, L) of the codes nearest to features (B, width, 5, L)."""
        with torch.autocast(features.device.type, enabled=False):
            vectors = features.float().permute(0, 2, 3, 1)
            return self._distances(vectors.flatten(0, 2)).argmin(dim=1).view(vectors.shape[:3])

    def lookup(self, ids: Tensor) -> Tensor:
        """Codes (B, width, 5, L) of ids (B, 5, L)."""
        return F.embedding(ids, self.codebook).permute(0, 3, 1, 2)

    @torch.no_grad()
    def start(self, codes: Tensor) -> None:
        """Begin the running statistics at `codes` (codes, width), each counted once."""
        self.codebook.copy_(codes)
        self.sums.copy_(codes)
        self.counts.fill_(1.0)
        self.initialised.fill_(True)

    def statistics(self, choice: Choice, candidates: Tensor) -> Tensor:
        """What moves the codebook (codes, 1 + 2 * width): how many chose each code, their sums, the candidates.

        Those of a batch are the sum of those of its parts.
        """
        counts = torch.bincount(choice.ids, minlength=len(self.codebook)).to(choice.vectors.dtype)
        sums = torch.zeros_like(self.codebook).index_add_(0, choice.ids, choice.vectors)
        return torch.cat((counts[:, None], sums, candidates), dim=1)

    def candidates(self, vectors: Tensor, first: int, whole: int, generator: torch.Generator) -> Tensor:
        """What a part of a batch gives to the batch's first vectors, one per code (codes, width), zeros elsewhere.

        vectors (N, width) are number `first` and following of the `whole` batch. A batch with too few vectors is
        repeated with a little noise, the same for all parts, from the generator.
        """
        codes, width = self.codebook.shape
        index = torch.arange(codes, device=vectors.device) % whole - first
        own = ((index >= 0) & (index < len(vectors)))[:, None]
        rows = vectors[index.clamp(0, len(vectors) - 1)]
        if whole < codes:
            noise = torch.randn(codes, width, device=vectors.device, generator=generator)
            rows = rows + noise * (0.01 / width**0.5)
        return torch.where(own, rows, 0.0)

    @torch.no_grad()
    def move(self, statistics: Tensor) -> Tensor:
        """Move the codebook by the statistics of a batch; dead codes become candidates. Returns the perplexity."""
        counts, sums, candidates = statistics.split((1, *[self.codebook.shape[1]] * 2), dim=1)
        counts = counts[:, 0]
        self.counts.lerp_(counts, 1 - self.DECAY)
        self.sums.lerp_(sums, 1 - self.DECAY)
        alive = (self.counts >= self.FEWEST)[:, None]
        self.codebook.copy_(torch.where(alive, self.sums / self.counts[:, None], candidates))
        usage = counts / counts.sum()
        return torch.exp(-(usage * torch.log(usage + 1e-7)).sum())

    def _distances(self, flat: Tensor) -> Tensor:
        """Squared distances (N, codes)."""
        squares = flat.square().sum(dim=1, keepdim=True) + self.codebook.square().sum(dim=1)
        return torch.addmm(squares, flat, self.codebook.T, alpha=-2)


def gumbel_noise(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Gumbel noise: the largest of logits plus noise is drawn as softmax says."""
    return -torch.empty(shape, device=generator.device).exponential_(generator=generator).log()
