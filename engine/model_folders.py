"""Where models lie: the starter model with the code, all others in the user's folder, each in a folder of its own."""

import os
from pathlib import Path

STARTER = Path(__file__).parent.parent / "weights" / "starter"
# Environment variables that name other folders than the usual ones: of all models, and of CLIP.
MODELS_VARIABLE, CLIP_VARIABLE = "INTERMASK_MODELS", "INTERMASK_CLIP"


def user_folder() -> Path:
    """The user's folder of models; it may not be there yet."""
    if named := os.environ.get(MODELS_VARIABLE):
        return Path(named)
    from platformdirs import user_data_path  # not needed inside Blender, which names the folder

    return user_data_path("intermask", appauthor=False) / "models"


def find_model(name: str | Path) -> Path:
    """A model's folder by its path, or by its name: "starter", or one in the user's folder."""
    path = Path(name)
    if str(name) == STARTER.name:
        return STARTER
    if path.exists() or len(path.parts) > 1:
        return path
    own = user_folder() / path
    return own if own.is_dir() else path
