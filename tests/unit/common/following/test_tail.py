"""What is committed and a consumer has not followed yet."""

from dataclasses import replace

import pytest

from services.common.eventlog.ports import LogReader, SourceBehind
from services.common.following import tail
from services.common.following.cursors import Cursor, Held
from services.common.following.memory import MemoryCursors
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, acknowledged
from tests.unit.common.eventlog.toy import append, log_of

CONSUMER = "dispatch.list"


@pytest.fixture
def log() -> MemoryLog:
    """Return a log of three commits, of which the last has no position yet."""
    log = log_of()
    append(log, "workOrder-a")
    append(log, "workOrder-b")
    log.stamp(2)
    append(log, "workOrder-a")
    return log


def seen(log: LogReader, cursor: Cursor) -> list[tuple[str, int]]:
    cursors = MemoryCursors()
    cursors.save(CONSUMER, cursor)
    found = tail.tail_of(log, cursors, CONSUMER)
    return sorted((each.stream, each.version) for each in found)


def test_what_a_cursor_has_passed_is_left_out(log: MemoryLog) -> None:
    everything = [("workOrder-a", 1), ("workOrder-a", 2), ("workOrder-b", 1)]
    assert seen(log, Cursor()) == everything
    assert seen(log, Cursor(positions={"dispatch": 1})) == everything[1:]
    assert seen(log, Cursor(positions={"dispatch": 2})) == [("workOrder-a", 2)]


def test_a_held_stream_belongs_to_it_though_the_cursor_is_past(log: MemoryLog) -> None:
    held = {"workOrder-b": Held(1, "away", DAY_ONE)}
    cursor = Cursor(positions={"dispatch": 2}, held=held)
    assert seen(log, cursor) == [("workOrder-a", 2), ("workOrder-b", 1)]


@pytest.mark.parametrize("passed", [0, 2])
def test_more_than_can_be_looked_through_is_refused(
    log: MemoryLog, passed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "MOST", 1 if passed else 2)
    with pytest.raises(SourceBehind, match=CONSUMER):
        seen(log, Cursor(positions={"dispatch": passed}))


@pytest.mark.usefixtures("older")
def test_what_can_not_be_read_is_left_out(log: MemoryLog) -> None:
    append(log, "workOrder-c", acknowledged())
    assert ("workOrder-c", 1) not in seen(log, Cursor())


def test_of_a_held_stream_that_is_torn_what_comes_before_is_told(log: MemoryLog) -> None:
    log._streams["workOrder-a"][1] = replace(log._streams["workOrder-a"][1], body="{")
    held = {"workOrder-a": Held(1, "away", DAY_ONE)}
    assert seen(log, Cursor(positions={"dispatch": 2}, held=held)) == [("workOrder-a", 1)]


class Placing(MemoryLog):
    """A log whose commits get their positions between two looks."""

    def unplaced(self, limit: int):  # type: ignore[no-untyped-def]
        found = super().unplaced(limit)
        self.stamp(10)
        return found


def test_what_gets_its_place_meanwhile_is_not_missed(log: MemoryLog) -> None:
    log.__class__ = Placing
    assert ("workOrder-a", 2) in seen(log, Cursor(positions={"dispatch": 2}))
