"""Tables of figures as Markdown, for screens and files."""

from collections.abc import Mapping, Sequence


def table(corner: str, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    """A table with a heading over each column and a name before each row; the corner heads the names."""
    lines = [f"| {corner} | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return "\n".join(lines)


def share(value: float | None) -> str:
    """In percent."""
    return "–" if value is None else f"{value:.0%}"


def number(value: float | None) -> str:
    """To three digits."""
    return "–" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
