"""Text of several lines: Blender's own labels never wrap."""

import re
import unicodedata
from collections.abc import Iterator

import bpy

LETTER = 7.5  # pixels of a letter at the usual scale of the interface, rather too many than too few
WIDE = r"\u2e80-\uffef"  # East Asian letters: as wide as two, and a line may end after any of them


def draw_paragraph(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE", margin: int = 0
) -> None:
    """Draw a text that is already in the user's language.

    margin: how many letters of the region's width are taken by other things.
    """
    column = layout.column(align=True)
    column.scale_y = 0.8
    letters = max(20, int(context.region.width / (LETTER * context.preferences.system.ui_scale)) - margin)
    for number, line in enumerate(lines(text, letters)):
        column.label(text=line, icon="BLANK1" if number and icon != "NONE" else icon, translate=False)


def lines(text: str, letters: int) -> Iterator[str]:
    """The lines of a text, none longer than so many letters of the Latin alphabet."""
    line, taken = "", 0
    for piece in re.findall(rf"[{WIDE}][、。，；：！？）」]?|[^\s{WIDE}]{{1,{letters}}}| ", " ".join(text.split())):
        width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in piece)
        if taken + width > letters and not piece.isspace():
            yield line.strip()
            line, taken = "", 0
        line, taken = line + piece, taken + width
    if line.strip():
        yield line.strip()
