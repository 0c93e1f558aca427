"""The Inter-X benchmark's evaluator: motions with hands and sentences as words with their parts of speech.

After Guo et al., "Generating diverse and natural 3D human motions from text", 2022: convolutions over the motion, then
a recurrent network over motion and words each.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

ROWS, NUMBERS = 56, 12  # per frame: 55 rotations and the translation; six numbers of each person
VELOCITIES = (slice(3, 6), slice(9, 12))  # of the last row: the evaluator was trained without them
FRAMES, FRAMES_PER_STEP = 150, 4
WORD_WIDTH, CLASSES = 300, 15  # of GloVe; of words, see glove.py
WIDTH, MOTION_HIDDEN, TEXT_HIDDEN = 512, 1024, 512
SLOPE = 0.2  # of every LeakyReLU


class InterXEvaluator(nn.Module):
    """Embeddings (B, 512) of motions and texts; what belongs together is near."""

    def __init__(self):
        super().__init__()
        self.movements = MovementEncoder()
        self.motion_encoder = Recurrent(WIDTH, MOTION_HIDDEN)
        self.word_classes = nn.Linear(CLASSES, WORD_WIDTH)
        self.text_encoder = Recurrent(WORD_WIDTH, TEXT_HIDDEN)

    def motion(self, rows: Tensor, lengths: Tensor) -> Tensor:
        """Embeddings of rows (B, T, 56, 12), person A's six numbers first; lengths (B,) in frames, 4 or more.

        The benchmark fills clips up with zeros to T = FRAMES, which the last step sees. Velocities are not seen.
        """
        rows = rows.clone()
        for velocity in VELOCITIES:
            rows[..., -1, velocity] = 0.0
        return self.motion_encoder(self.movements(rows.flatten(2)), lengths // FRAMES_PER_STEP)

    def text(self, words: Tensor, classes: Tensor, lengths: Tensor) -> Tensor:
        """Embeddings of word vectors (B, W, 300) with their classes, one-hot (B, W, 15); lengths (B,) in words."""
        return self.text_encoder(words + self.word_classes(classes), lengths)


class MovementEncoder(nn.Module):
    """Four frames become one step."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(ROWS * NUMBERS, WIDTH, kernel_size=4, stride=2, padding=1)
        self.second = nn.Conv1d(WIDTH, WIDTH, kernel_size=4, stride=2, padding=1)
        self.output = nn.Linear(WIDTH, WIDTH)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, T, 672) to (B, T // 4, 512)."""
        movements = frames.transpose(1, 2)
        for convolution in (self.first, self.second):
            movements = F.leaky_relu(convolution(movements), SLOPE)
        return self.output(movements.transpose(1, 2))


class Recurrent(nn.Module):
    """A GRU in both directions; both last states become the embedding."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.input = nn.Linear(width, hidden)
        self.start = nn.Parameter(torch.randn(2, 1, hidden))
        self.gru = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        layers = (nn.Linear(2 * hidden, hidden), nn.LayerNorm(hidden), nn.LeakyReLU(SLOPE), nn.Linear(hidden, WIDTH))
        self.head = nn.Sequential(*layers)

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Embeddings (B, 512) of steps (B, L, width), of which the first `lengths` (B,) are looked at."""
        packed = pack_padded_sequence(self.input(steps), lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed, self.start.expand(-1, len(steps), -1).contiguous())
        return self.head(torch.cat((last[0], last[1]), dim=-1))
