"""The world of a processor, and being of an older release in it."""

from dataclasses import replace

import pytest

from services.common.contracts.event_types import REGISTER
from tests.unit.common.following.processing import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Be of a release that can't read `acknowledged`; `undo` is the upgrade."""
    name = "WorkOrderAcknowledged"
    monkeypatch.setitem(REGISTER, name, replace(REGISTER[name], version=0))
    return monkeypatch
