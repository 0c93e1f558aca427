"""Inside Blender both packages live deep in another one; nothing may land at the top of sys.modules."""

import shutil
import subprocess
import sys

from intermask_blender.core import ROOT


def test_the_packages_find_each_other_inside_an_extension(tmp_path):
    extension = tmp_path / "bl_ext_like" / "intermask"
    for package in ("engine", "intermask_blender"):
        shutil.copytree(ROOT / package, extension / package, ignore=shutil.ignore_patterns("__pycache__"))
    script = (
        "import sys\n"
        "from bl_ext_like.intermask.intermask_blender import core, engine_process, export, people, strip\n"
        "from pathlib import Path\n"
        "assert core.motion.__name__ == 'bl_ext_like.intermask.engine.motion'\n"
        "assert core.model_folders.STARTER.resolve() == Path('bl_ext_like/intermask/weights/starter').resolve()\n"
        "assert not {'engine', 'intermask_blender', 'torch'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
