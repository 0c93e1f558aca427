"""Where models lie."""

from pathlib import Path

STARTER = Path(__file__).parent.parent / "weights" / "starter"
