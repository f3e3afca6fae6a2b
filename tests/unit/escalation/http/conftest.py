"""A fresh escalation for every test that asks for one."""

import pytest

from tests.unit.escalation.http.world import World


@pytest.fixture
def world() -> World:
    return World()
