"""A fold is a value: going on from it changes nothing in it, and costs the same at any length."""

from collections.abc import Mapping

import pytest

from services.common.contracts.commit import Cause, Commit, sealed
from services.common.eventlog.folding import Loaded
from services.common.eventlog.layered import Layered
from services.common.eventlog.loading import load
from tests.support.examples import draft, noted
from tests.unit.common.eventlog.test_layered import written_anew
from tests.unit.common.eventlog.toy import NOTES, STREAM, Counted, Notes


@pytest.fixture
def log() -> Counted:
    return Counted()


def planned(base: Loaded[Notes], name: str) -> Commit:
    """Return what would be the next commit of `base`, because of another stream."""
    cause = Cause(f"request-{name}", 1)
    return sealed(draft(STREAM, noted(f"n/{name}"), command_id=name, cause=cause), base.tip)


def layered(seen: Mapping[str, int]) -> Layered:
    assert isinstance(seen, Layered)
    return seen


@pytest.mark.parametrize("length", [10, 10_000])
def test_appending_to_a_long_stream_costs_what_it_costs_on_a_short_one(
    log: Counted, length: int
) -> None:
    log.grow(length)
    found = load(log, NOTES, STREAM)
    written = 0
    for number in range(100):
        after = found.after(NOTES, planned(found, f"p-{number}"))
        written += written_anew(layered(found.commands), layered(after.commands))
        written += written_anew(layered(found.causes), layered(after.causes))
        found = after
    assert (len(found.commands), found.tip.version) == (length + 100, length + 100)
    assert written < 2 * 100 * 8, "entries of either; copying them all was a million"


def test_what_a_plan_adds_is_not_in_what_it_was_planned_on(log: Counted) -> None:
    """Two plan on one fold, and the one that loses the race must leave nothing behind."""
    log.grow(3)
    base = load(log, NOTES, STREAM)
    before = (dict(base.commands), dict(base.causes))
    rival, winner = (base.after(NOTES, planned(base, name)) for name in ("lost", "won"))
    assert (dict(base.commands), dict(base.causes)) == before
    assert "lost" in rival.commands
    assert "lost" not in winner.commands
    assert rival.causes != winner.causes
