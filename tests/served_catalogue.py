"""A catalogue of weights with a file on this machine, deep in its folder, and weights that are got by hand."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.file_server import FileServer

CATALOGUE = """
[reader]
title = "A reader"
use = "reads"
page = "{url}"
licence = "non-commercial"
terms = "For research only."
size = {size}

[[reader.files]]
path = "deep/words.txt"
url = "{url}/words.txt"
size = {size}
sha256 = "{digest}"

[by-hand]
title = "A model"
use = "moves"
page = "https://example.org/model"
licence = "non-commercial"
terms = "For research only."
size = 5
browser = "both files"
"""


@contextmanager
def served(folder: Path, words: bytes) -> Iterator[tuple[Path, FileServer]]:
    """The catalogue's path in `folder`, and the server of the file, which holds `words`."""
    (folder / "served").mkdir()
    (folder / "served" / "words.txt").write_bytes(words)
    with FileServer(folder / "served") as server:
        path, digest = folder / "catalogue.toml", hashlib.sha256(words).hexdigest()
        path.write_text(CATALOGUE.format(url=server.url, size=len(words), digest=digest))
        yield path, server
