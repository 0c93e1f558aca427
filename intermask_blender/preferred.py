"""What the add-on's Preferences say, or the defaults where it runs without them: in tests and on the command line."""

import sys
from pathlib import Path

import bpy

from .core import ADDON, model_folders
from .engine_setup import Home

IDLE_MINUTES = 10


def _preferences() -> "bpy.types.AddonPreferences | None":
    addon = bpy.context.preferences.addons.get(ADDON)
    return addon.preferences if addon else None


def idle_minutes() -> float:
    """After how long without work the worker is stopped."""
    chosen = _preferences()
    return chosen.idle_minutes if chosen else IDLE_MINUTES


def device() -> str:
    """What the worker runs on: "auto", "cpu", "cuda" or "mps"."""
    chosen = _preferences()
    gpu = "mps" if sys.platform == "darwin" else "cuda"
    return {"AUTO": "auto", "CPU": "cpu", "GPU": gpu}[chosen.device] if chosen else "auto"


def models_folder() -> Path:
    """Where models besides the starter are kept: where the user says, else with the add-on's own files."""
    chosen = _preferences()
    if chosen and chosen.models:
        return Path(bpy.path.abspath(chosen.models))
    home = engine_home()
    return home.folder / "models" if home else model_folders.user_folder()


def worker_variables() -> dict[str, str]:
    """The environment variables that tell the worker where models are, and CLIP."""
    chosen = _preferences()
    variables = {model_folders.MODELS_VARIABLE: str(models_folder())}
    if chosen and chosen.clip:
        variables[model_folders.CLIP_VARIABLE] = bpy.path.abspath(chosen.clip)
    return variables


def smplx_folder() -> Path | None:
    """Where the user keeps SMPL-X's model files, if anywhere."""
    chosen = _preferences()
    return Path(bpy.path.abspath(chosen.smplx)) if chosen and chosen.smplx else None


def python() -> Path | None:
    """The Python that the user chose to run the engine, if any."""
    chosen = _preferences()
    return Path(bpy.path.abspath(chosen.python)) if chosen and chosen.python else None


def engine_home() -> Home | None:
    """Where set-up keeps the engine's environment; None where the add-on is not installed as an extension."""
    if not ADDON.startswith("bl_ext."):
        return None
    return Home(Path(bpy.utils.extension_path_user(ADDON)))
