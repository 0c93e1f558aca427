"""The vocabulary: one family of interactions a file, each with a `FAMILY`. Names that start with _ are drafts."""

from importlib import import_module
from pkgutil import iter_modules

from ..scene import Family

FAMILIES: dict[str, Family] = {
    module.name: import_module(f"{__name__}.{module.name}").FAMILY
    for module in sorted(iter_modules(__path__), key=lambda module: module.name)
    if not module.name.startswith("_")
}
