"""A fresh dispatch for every test that asks for one."""

import pytest

from tests.unit.dispatch.world import World


@pytest.fixture
def world() -> World:
    return World()
