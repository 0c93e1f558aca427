"""What the engine's tests share: the starter model, loaded once."""

import pytest

from engine.model_folders import STARTER


@pytest.fixture(scope="session")
def starter():
    """The starter model, ready to generate on the CPU."""
    from engine.pipeline import InterMask

    return InterMask.load(STARTER, "cpu")
