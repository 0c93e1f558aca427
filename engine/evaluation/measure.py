"""Physical figures of any motions as a table: `python -m engine measure`."""

from collections.abc import Mapping

import numpy as np

from ..motion import Motion
from .physics import physics
from .tables import number, table

FIGURES = {
    "foot_slide_mm": "foot slide, mm a frame", "foot_slide_planted_mm": "foot slide of planted feet, mm a frame",
    "skating_ratio": "skating ratio", "lowest_mm": "lowest joint, mm", "floating_frames": "floating frames",
    "below_frames": "frames below the floor", "floor_error_mm": "floor error, mm",
    "penetration_mm": "penetration of bodies, mm", "penetration_share": "frames with it, share",
    "joints_penetration_mm": "penetration of joints (12 cm), mm",
    "joints_penetration_share": "frames with it by joints, share", "contact_share": "frames in touch, share",
    "jerk": "jerk, m/s³",
}  # fmt: skip


def measured(motions: Mapping[str, Motion]) -> str:
    """A Markdown table of the physical figures of motions by name, and their mean where there are several."""
    found = {name: physics(motion.joint_positions, motion.fps) for name, motion in motions.items()}
    if len(found) > 1:
        found["mean"] = {key: float(np.mean([figures[key] for figures in found.values()])) for key in FIGURES}
    rows = {text: [number(figures[key]) for figures in found.values()] for key, text in FIGURES.items()}
    return table("figure", list(found), rows)
