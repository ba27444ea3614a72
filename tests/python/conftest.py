# SPDX-License-Identifier: Apache-2.0
"""Small data that several tests share. The tests see the installed package alone, and the source tree's folder of examples."""
import pathlib

import pytest

import difftrack

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def examples():
    return ROOT / "examples" / "python"


@pytest.fixture(scope="session")
def steps():
    return difftrack.simulate(phantom="water:100", primaries=600, seed=5)


@pytest.fixture(scope="session")
def frames(steps):
    return difftrack.frames(steps, per_frame=30)
