"""The one seam to the engine: its numpy rooms, and the folder from which its worker is started.

Inside Blender both packages live in `bl_ext.<repository>.intermask`; in tests and on the command line at the top.
"""

from importlib import import_module
from pathlib import Path

ENGINE = __package__.removesuffix("intermask_blender") + "engine"
ADDON = __package__.removesuffix(".intermask_blender")  # the name under which Blender knows the add-on

errors = import_module(f"{ENGINE}.errors")
files = import_module(f"{ENGINE}.files")
rotations = import_module(f"{ENGINE}.rotations")
skeleton = import_module(f"{ENGINE}.skeleton")
motion = import_module(f"{ENGINE}.motion")
features = import_module(f"{ENGINE}.features")
chain = import_module(f"{ENGINE}.chain")
in_between = import_module(f"{ENGINE}.in_between")
joining = import_module(f"{ENGINE}.joining")
job_table = import_module(f"{ENGINE}.job_table")
protocol = import_module(f"{ENGINE}.protocol")
vocabulary = import_module(f"{ENGINE}.vocabulary")
model_folders = import_module(f"{ENGINE}.model_folders")
weights_catalogue = import_module(f"{ENGINE}.weights_catalogue")
smplx_body = import_module(f"{ENGINE}.smplx_body")

ROOT = Path(motion.__file__).resolve().parents[1]  # holds the two packages
