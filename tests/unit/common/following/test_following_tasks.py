"""The tasks that turn processors: only while the lease is ours, and when there is reason to."""

from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest

from services.common.following.bell import Bell
from services.common.following.cursors import Cursor, Held
from services.common.following.followed_log import FollowedLog
from services.common.following.holding import RETRY_TIERS
from services.common.following.processors import (
    LONGEST_PAUSE_SECONDS,
    WATCH_SECONDS,
    CursorWatch,
    Following,
    Processors,
    following,
    processors_of,
)
from services.common.work.lease import Leases
from services.common.work.tasks import WITHOUT_LEASE_SECONDS
from services.common.work.wake import Wake
from tests.support.following import until_it_pauses as at_rest
from tests.unit.common.following.processing import FOR_EVER, Scribe, Sick, U, V, W, World, torn


@pytest.fixture
def leases() -> Leases:
    return Leases()


@pytest.fixture
def wake() -> Wake:
    return Wake()


@pytest.fixture
def task(world: World, wake: Wake, leases: Leases) -> Following:
    return Following(world.processor, wake, leases.lease("leader"))


class Tomorrow(datetime):
    """A machine's clock that is a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(days=1)


# -- one consumer ----------------------------------------------------------------------------------


def test_it_goes_on_at_once_while_there_is_more_and_then_pauses_until_it_is_rung(
    world: World, leases: Leases, wake: Wake
) -> None:
    for _ in range(3):
        world.happens(W)
    task = Following(world.replica(batch_commits=2), wake, leases.lease("leader"))
    assert [task.turn() for _ in range(3)] == [0.0, 0.0, LONGEST_PAUSE_SECONDS]
    assert (world.told, task.wake) == ([f"{W}@1", f"{W}@2", f"{W}@3"], wake)
    assert task.name == "following for scribe"


def test_without_the_lease_it_takes_no_turn(task: Following, world: World, leases: Leases) -> None:
    assert leases.lease("leader").hold()
    world.happens(W)
    assert task.turn() == WITHOUT_LEASE_SECONDS
    assert (world.told, world.cursor) == ([], Cursor())


def test_who_gets_the_lease_back_starts_again_from_the_saved_cursor(
    task: Following, world: World, leases: Leases
) -> None:
    world.happens(W)
    at_rest(task)
    leases._holders.clear()
    another = leases.lease("leader")
    assert another.hold()
    world.happens(V)
    world.replica().turn()
    task.turn()
    another.release()
    world.happens(U)
    assert task.turn() == 0.0
    assert world.told == [f"{W}@1", f"{V}@1", f"{U}@1"]


def test_it_pauses_no_longer_than_until_a_retry_is_due(task: Following, world: World) -> None:
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = Sick()
    assert at_rest(task) <= RETRY_TIERS[0].total_seconds()


def test_a_due_retry_is_taken_up(
    task: Following, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = Sick()
    at_rest(task)
    world.scribe.trouble.clear()
    monkeypatch.setattr("services.common.following.processors.datetime", Tomorrow)
    assert at_rest(task) == LONGEST_PAUSE_SECONDS
    assert (world.told, world.held) == ([f"{W}@1"], {})


def test_a_retry_is_not_taken_up_before_it_is_due(task: Following, world: World) -> None:
    held = Held(1, "away", FOR_EVER, retry_at=FOR_EVER)
    world.happens(W)
    world.cursors.save("scribe", Cursor(0, {"dispatch": 1}, {W: held}))
    assert at_rest(task) == LONGEST_PAUSE_SECONDS
    assert (world.told, world.held) == ([], {W: held})


# -- what others write into cursors ----------------------------------------------------------------


def test_what_an_operator_has_let_go_on_is_noticed(
    task: Following, world: World, wake: Wake, leases: Leases
) -> None:
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = torn()
    at_rest(task)
    watch = CursorWatch(world.cursors, [task], leases._holders["leader"])  # type: ignore[arg-type]
    assert (watch.turn(), wake._rung.ready()) == (WATCH_SECONDS, False)
    world.scribe.trouble.clear()
    world.replica().replay(W)
    assert (watch.turn(), wake._rung.ready()) == (WATCH_SECONDS, True)
    world.happens(W)
    at_rest(task)
    assert (world.told, world.held) == ([f"{W}@1", f"{W}@2"], {})


def test_its_own_moves_are_no_change_and_a_consumer_without_a_cursor_has_none(
    task: Following, world: World, wake: Wake, leases: Leases
) -> None:
    watch = CursorWatch(world.cursors, [task], leases.lease("another"))
    watch.turn()
    world.happens(W)
    at_rest(task)
    watch.turn()
    assert not wake._rung.ready()


def test_without_the_lease_nobody_looks(
    task: Following, world: World, leases: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert leases.lease("leader").hold()

    def asked(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(type(world.cursors), "load_all", asked)
    watch = CursorWatch(world.cursors, [task], leases.lease("leader"))
    assert watch.turn() == WATCH_SECONDS


# -- all of a service ------------------------------------------------------------------------------


def test_each_consumer_is_followed_by_a_task_that_is_rung_for_its_own_logs(
    world: World, leases: Leases
) -> None:
    orders = Scribe(["workOrder"])
    orders.name = "orders"
    logs = {log.name: FollowedLog(log) for log in (world.intake, world.dispatch)}
    processors = processors_of([world.scribe, orders], logs=logs, cursors=world.cursors)
    bell = Bell(logs)
    both, narrow, watch = following(processors, bell, leases.lease("leader"))
    assert [both.name, narrow.name, watch.name] == [
        "following for scribe", "following for orders", "cursors",
    ]  # fmt: skip
    bell.ring("intake", 1)
    assert both.wake is not None
    assert narrow.wake is not None
    assert (both.wake._rung.ready(), narrow.wake._rung.ready()) == (True, False)


def test_a_processor_is_found_by_its_consumer(world: World) -> None:
    processors = Processors((world.processor,), world.cursors)
    assert processors.named("scribe") is world.processor
    assert list(processors) == [world.processor]
    with pytest.raises(KeyError):
        processors.named("nobody")
