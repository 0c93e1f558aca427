"""Pictures and films of two people as stick figures on a floor: the quickest way to see what a clip shows.

Person A is blue, person B orange, their left limbs lighter. They are seen from beside the line from A to B, from above.
"""

import textwrap
from pathlib import Path

import numpy as np

from .. import rotations as R
from ..files import replacing
from ..skeleton import FULL_PARENTS, JOINT

PANELS, COLUMNS = 8, 4
ELEVATION = np.radians(20.0)
AZIMUTH = np.radians(25.0)  # from square on to the line between the people, so that nobody is seen edge on
COLOURS = (("#1f5fa8", "#7fb2e5"), ("#c2570c", "#f5a964"))  # of A and B: right limbs and trunk, left limbs
LEFT = {1, 4, 7, 10, 13, 16, 18, 20, *range(25, 40)}
FACE = range(22, 25)
GRID = 0.5  # metres
FILM_FPS = 20  # a .gif counts in hundredths of a second


def draw_strip(positions: np.ndarray, path: Path, title: str = "", fps: float = 30.0) -> None:
    """Write a .png with eight moments of joints (2, T, 22 or 55, 3), Y up, metres."""
    view = _View(positions)
    moments = np.linspace(0, positions.shape[1] - 1, PANELS).round().astype(int)
    figure = _figure(title, COLUMNS, PANELS // COLUMNS)
    for number, frame in enumerate(moments, 1):
        axes = figure.add_subplot(PANELS // COLUMNS, COLUMNS, number)
        _draw(axes, view, frame, f"{frame / fps:.1f} s")
    with replacing(path) as partial:
        figure.savefig(partial)


def draw_film(positions: np.ndarray, path: Path, title: str = "", fps: float = 30.0) -> None:
    """Write a .gif of joints (2, T, 22 or 55, 3), Y up, metres, that plays at its own speed."""
    from matplotlib.animation import FuncAnimation, PillowWriter

    view = _View(positions)
    figure = _figure(title, 2, 2)
    axes = figure.add_subplot()
    moments = np.arange(0, positions.shape[1], fps / FILM_FPS).astype(int)

    def show(frame: int) -> None:
        axes.clear()
        _draw(axes, view, frame, f"{frame / fps:.1f} s")

    film = FuncAnimation(figure, show, frames=moments)
    with replacing(path) as partial:
        film.save(partial, PillowWriter(fps=FILM_FPS))


class _View:
    """What is seen of a clip: joints in the picture's plane and depth, about a middle that follows the pair."""

    def __init__(self, positions: np.ndarray) -> None:
        pelvises = positions[:, :, JOINT["pelvis"]]
        apart = (pelvises[1] - pelvises[0]).mean(axis=0) * [1, 0, 1]
        across = apart / np.linalg.norm(apart) if np.linalg.norm(apart) > 1e-6 else np.array([1.0, 0.0, 0.0])
        up = np.array([0.0, 1.0, 0.0])
        across = R.rotate(R.from_axis_angle(up, AZIMUTH), across)
        away = np.cross(up, across)  # from the camera
        sine, cosine = np.sin(ELEVATION), np.cos(ELEVATION)
        self.axes = np.stack([across, cosine * up + sine * away, cosine * away - sine * up])
        self.floor = positions[..., 1].min()
        self.positions = positions
        self.middles = pelvises.mean(axis=0) * [1, 0, 1] + [0, self.floor, 0]
        around = self.project(positions - self.middles[None, :, None])
        self.reach = max(1.2, np.abs(around[..., 0]).max() + 0.15)
        self.bottom, self.top = around[..., 1].min() - 0.15, around[..., 1].max() + 0.3

    def project(self, points: np.ndarray) -> np.ndarray:
        """Right, up and depth (..., 3) in metres of points (..., 3) of the world."""
        return points @ self.axes.T

    def floor_lines(self, frame: int) -> list[np.ndarray]:
        """Lines (2, 2) of a grid on the floor that stays where it is when the pair moves."""
        size = np.ceil(2 * self.reach / GRID) * GRID
        first = np.round(self.middles[frame] / GRID) * GRID
        lines = []
        for along, other in ((0, 2), (2, 0)):
            for shift in np.arange(-size, size + GRID / 2, GRID):
                ends = np.repeat(first[None], 2, axis=0)
                ends[:, 1] = self.floor
                ends[:, other] += shift
                ends[:, along] += [-size, size]
                lines.append(self.project(ends - self.middles[frame])[:, :2])
        return lines


def _figure(title: str, columns: int, rows: int):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * columns, 2.8 * rows + 0.6), dpi=100, layout="constrained")
    figure.suptitle("\n".join(textwrap.wrap(title, 32 * columns, max_lines=2)), fontsize=11)
    return figure


def _draw(axes, view: _View, frame: int, label: str) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(view.floor_lines(frame), colors="#d8d8d8", linewidths=0.6))
    joints = view.project(view.positions[:, frame] - view.middles[frame])
    bones = []
    for person, points in enumerate(joints):
        for joint, parent in enumerate(FULL_PARENTS[: len(points)]):
            if parent >= 0 and joint not in FACE:
                colour, width = COLOURS[person][joint in LEFT], 2.6 if joint < 22 else 1.0
                bones.append((points[[joint, parent], 2].mean(), points[[joint, parent], :2], colour, width))
    bones.sort(key=lambda bone: -bone[0])  # the farthest first
    _, lines, colours, widths = zip(*bones, strict=True)
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=widths, capstyle="round"))
    for person in np.argsort(-joints[:, JOINT["head"], 2]):
        axes.scatter(*joints[person, JOINT["head"], :2], s=130, color=COLOURS[person][0], zorder=3)
    axes.set(xlim=(-view.reach, view.reach), ylim=(view.bottom, view.top), aspect="equal", xticks=[], yticks=[])
    axes.set_title(label, fontsize=9, loc="left")
    for spine in axes.spines.values():
        spine.set_visible(False)
