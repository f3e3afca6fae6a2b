"""A bell wakes who waits for a log that has grown; a watch finds what no doorbell has told."""

from collections.abc import Iterable

import pytest

from services.common.eventlog.ports import StoreAway
from services.common.following.bell import HEARING_LOOK_SECONDS, LOOK_SECONDS, Bell, HeadWatch
from services.common.following.followed_log import FollowedLog
from services.common.work.wake import Wake
from services.testing.memory_log import MemoryLog
from tests.unit.common.following.processing import R, W, World


@pytest.fixture
def bell(world: World) -> Bell:
    logs = (world.intake, world.dispatch)
    return Bell({log.name: FollowedLog(log) for log in logs})


def rung(wakes: Iterable[Wake]) -> list[bool]:
    return [each._rung.ready() for each in wakes]


def test_it_wakes_all_who_wait_for_the_log_and_nobody_else(bell: Bell) -> None:
    wakes = [bell.wake_for(logs) for logs in (["intake"], ["dispatch"], ["dispatch", "intake"])]
    bell.ring("dispatch", 1)
    assert rung(wakes) == [False, True, True]
    assert (bell.logs["dispatch"].known_head, bell.logs["intake"].known_head) == (1, 0)


@pytest.mark.parametrize("head", [7, 6])
def test_a_doubled_or_late_doorbell_wakes_nobody(bell: Bell, head: int) -> None:
    bell.ring("dispatch", 7)
    late = bell.wake_for(["dispatch"])
    bell.ring("dispatch", head)
    assert rung([late]) == [False]
    bell.ring("dispatch", 8)
    assert rung([late]) == [True]


def test_a_log_that_nobody_here_follows_is_passed_over(bell: Bell) -> None:
    wakes = [bell.wake_for(["dispatch", "intake"])]
    bell.ring("escalation", 3)
    assert (rung(wakes), set(bell.logs)) == ([False], {"intake", "dispatch"})


def test_a_look_wakes_who_was_not_told_by_a_doorbell(bell: Bell, world: World) -> None:
    bell.look()
    wakes = [bell.wake_for([name]) for name in ("intake", "dispatch")]
    world.happens(W)
    bell.look()
    assert rung(wakes) == [False, True]
    late = bell.wake_for(["dispatch"])
    bell.look()
    assert rung([late]) == [False]


def test_a_watch_looks_again_and_again_also_after_the_database_was_away(
    bell: Bell, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = HeadWatch(bell)
    watch.turn()
    wake = bell.wake_for(["intake"])
    world.happens(R)

    def away(_: MemoryLog, known: int) -> int:  # noqa: ARG001  as the port has it
        raise StoreAway(why="an election")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryLog, "head", away)
        with pytest.raises(StoreAway):
            watch.turn()
    assert rung([wake]) == [False]
    assert (watch.turn(), rung([wake])) == (LOOK_SECONDS, [True])


def test_a_watch_looks_seldom_while_doorbells_come_and_at_once_when_they_begin_or_cease(
    bell: Bell,
) -> None:
    watch = HeadWatch(bell)
    assert watch.wake is not None
    for hears, pause in ((True, HEARING_LOOK_SECONDS), (False, LOOK_SECONDS)):
        bell.hears(hears=hears)
        assert rung([watch.wake]) == [True]
        assert watch.turn() == pause
