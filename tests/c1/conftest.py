"""The file under test and what it ought to say."""

import os

import pytest

import truth as ground_truth
from reader import C1z


@pytest.fixture(scope="session")
def file():
    path = os.environ.get("FAIRLEAD_C1Z")
    assert path, "FAIRLEAD_C1Z must name the file; `cargo xtask test sync` makes one and sets it"
    opened = C1z(path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def truth(file):
    path = os.environ.get("FAIRLEAD_EXPECTED")
    assert path, "FAIRLEAD_EXPECTED must name the simulator's ground truth; `cargo xtask test sync` sets it"
    return ground_truth.read(path, set(file.of_kind("tenant")), set(file.of_kind("user")))
