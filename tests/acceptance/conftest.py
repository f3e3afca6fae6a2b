"""Whole stories on real parts: where they lie, and how long the village patrols in them."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from services.demo.cases import NIGHT_MARKET, PLANS


@pytest.fixture(autouse=True)
def only_warnings() -> Iterator[None]:
    """A story in this process answers thousands of requests: a line for each takes a while."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)


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
