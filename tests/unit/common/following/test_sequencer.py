"""The sequencer gives places, and tells once how far the log goes, whoever has given them."""

import pytest

from services.common.following.sequencer import LOOK_SECONDS, WINDOW_COMMITS, Sequencer
from services.testing.memory_log import MemoryLog
from tests.unit.common.eventlog.toy import append, log_of


@pytest.fixture
def log() -> MemoryLog:
    return log_of()


@pytest.fixture
def told() -> list[int]:
    return []


@pytest.fixture
def sequencer(log: MemoryLog, told: list[int]) -> Sequencer:
    return Sequencer(log, told.append)


def test_what_was_appended_gets_its_place_and_growth_is_told_once(
    sequencer: Sequencer, log: MemoryLog, told: list[int]
) -> None:
    for _ in range(3):
        append(log)
    assert [sequencer.turn() for _ in range(3)] == [0.0, LOOK_SECONDS, LOOK_SECONDS]
    assert (told, log.head()) == ([3], 3)
    append(log)
    sequencer.turn()
    assert told == [3, 4]


def test_of_an_empty_log_nothing_is_told(sequencer: Sequencer, told: list[int]) -> None:
    assert (sequencer.turn(), told) == (LOOK_SECONDS, [])


def test_more_than_a_window_goes_on_at_once(
    sequencer: Sequencer, log: MemoryLog, told: list[int]
) -> None:
    for number in range(WINDOW_COMMITS + 1):
        append(log, f"workOrder-{number}")
    assert [sequencer.turn() for _ in range(3)] == [0.0, 0.0, LOOK_SECONDS]
    assert told == [WINDOW_COMMITS, WINDOW_COMMITS + 1]


def test_what_another_has_given_its_place_is_told_too(
    sequencer: Sequencer, log: MemoryLog, told: list[int]
) -> None:
    append(log)
    Sequencer(log, lambda _head: None).turn()
    assert (sequencer.turn(), told) == (LOOK_SECONDS, [1])


def test_it_is_woken_by_whoever_appends(sequencer: Sequencer) -> None:
    assert sequencer.wake is not None
