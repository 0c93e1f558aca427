"""The starter model's figures as Markdown, for the screen and the model card."""

from .tables import number, share, table

SUCCESS = {
    "data": "data", "reconstruction": "reconstructed", "plain": "plain", "training": "training sentences",
    "test": "held-out sentences", "hands": "left/right obeyed", "roles": "roles obeyed", "react": "reaction",
    "react_silent": "reaction, no text", "in_between": "in-between", "r_top_3": "R top 3",
}  # fmt: skip
PHYSICS = {
    "foot_slide_mm": "foot slide, mm a frame", "foot_slide_planted_mm": "of planted feet",
    "penetration_mm": "penetration, mm", "penetration_share": "frames with it", "floor_error_mm": "floor error, mm",
    "off_floor": "clips off the floor", "jerk": "jerk, m/s³",
}  # fmt: skip
SHARES = ("penetration_share", "off_floor")
SOURCES = {"test": "generated", "reconstruction": "reconstructed", "data": "data"}
SCORE_COLUMNS = {"data": "data", "again": "other data", "reconstruction": "reconstructed", "test": "generated",
                 "shuffled": "shuffled families"}  # fmt: skip


def as_markdown(report: dict) -> str:
    """All tables of a report of `starter.evaluate`."""
    rows = {name.replace("_", " "): row for name, row in report["families"].items()} | {"all": report["total"]}
    parts = [f"{report['seeds']} clips of each kind and family.", "**Success by the family's own check**"]
    shares = {name: [share(row.get(key)) for key in SUCCESS] for name, row in rows.items()}
    parts.append(table("family", list(SUCCESS.values()), shares))
    parts.append(f"**Physical figures: {' / '.join(SOURCES.values())}**")
    physical = {name: [*_triples(row), number(row["spread"])] for name, row in rows.items()}
    parts.append(table("family", [*PHYSICS.values(), "spread / data's"], physical))
    if "scores" in report:
        parts.append("**Scores by our evaluator** (R-precision in batches of 32)")
        scores = {name: [number(row.get(key)) for key in SCORE_COLUMNS] for name, row in report["scores"].items()}
        parts.append(table("score", list(SCORE_COLUMNS.values()), scores))
    seams, hints = report["seams"], report["hints"]
    parts.append(
        f"In-betweens of the middle third: kept joints {seams['kept_mm']:.1f} mm off; over a seam joints go "
        f"{seams['jump_mm/in_between']:.2f} mm farther than around it (data: {seams['jump_mm/data']:.2f} mm)."
    )
    parts.append(
        f"A hint comes up for {hints['held_out']:.1%} of the held-out sentences and for {hints['unknown']:.1%} of "
        "sentences of another world."
    )
    return "\n\n".join(parts) + "\n"


def _triples(row: dict) -> list[str]:
    """Each physical figure of the generated clips, the reconstruction and the data."""
    cells = []
    for name in PHYSICS:
        form = share if name in SHARES else number
        cells.append(" / ".join(form(row[f"{name}/{source}"]) for source in SOURCES))
    return cells
