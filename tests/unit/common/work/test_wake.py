"""A pause ends when somebody rings, also if that was before it began."""

from collections.abc import Iterator

import eventlet
import pytest

from services.common.work.wake import Wake
from tests.support.waiting import PATIENCE_SECONDS

FOR_EVER = 1_000_000.0


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """End a pause that nobody has ended."""
    with eventlet.Timeout(PATIENCE_SECONDS):
        yield


def test_a_ring_ends_the_pause_of_who_waits() -> None:
    wake = Wake()
    waiting = eventlet.spawn(wake.pause, FOR_EVER)
    eventlet.sleep(0)
    assert not waiting.dead
    wake.ring()
    waiting.wait()
    assert waiting.dead


def test_a_ring_before_the_pause_is_not_lost() -> None:
    wake = Wake()
    wake.ring()
    wake.pause(FOR_EVER)
    assert not wake._rung.ready(), "and it is used up"


def test_ringing_twice_is_ringing_once() -> None:
    wake = Wake()
    wake.ring()
    wake.ring()
    wake.pause(FOR_EVER)
    assert not wake._rung.ready()


def test_a_pause_that_nobody_ends_is_over_by_itself_and_leaves_nothing_rung() -> None:
    wake = Wake()
    wake.pause(0.01)
    wake.ring()
    wake.pause(FOR_EVER)
