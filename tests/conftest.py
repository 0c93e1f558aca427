"""What all tests share: the starter model, loaded once, and how they end."""

import os
import sys

import pytest

from engine.model_folders import STARTER

EXIT_CODE = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def starter():
    """The starter model, ready to generate on the CPU."""
    from engine.pipeline import InterMask

    return InterMask.load(STARTER, "cpu")


def pytest_sessionfinish(session, exitstatus):
    """Keep the exit code for `pytest_unconfigure`."""
    session.config.stash[EXIT_CODE] = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Only here do Blender and PyTorch share a process: once Blender has exported, their tearing down never ends."""
    if {"bpy", "torch"} <= sys.modules.keys():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[EXIT_CODE])
