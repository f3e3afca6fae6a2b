"""Whole stories on real parts: where they lie, and how long the village patrols in them."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.story.cases import NIGHT_MARKET, PLANS


@pytest.fixture
def short_patrol(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three evenings of patrol instead of thirty: a slot is like any other."""
    plan = PLANS[NIGHT_MARKET]
    assert plan.patrol is not None
    shorter = replace(plan, patrol=replace(plan.patrol, slots=3))
    monkeypatch.setitem(PLANS, NIGHT_MARKET, shorter)


@pytest.fixture
def place(server_folder: Path) -> Path:
    """A folder for one installation; its name is the prefix of its databases too."""
    return server_folder / f"story_{uuid.uuid4().hex[:8]}"
