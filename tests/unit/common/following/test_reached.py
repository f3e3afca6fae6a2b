"""Whether a consumer has followed streams to their ends, and waiting until it has."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from services.common.eventlog.ports import SourceBehind, StoreAway
from services.common.following.reached import Reached
from tests.unit.common.eventlog.toy import append
from tests.unit.common.following.processing import Q, R, U, V, W, World, torn

UNTIL = 10.0


@dataclass
class Waiting:
    """Machine time that goes on by a second with each wait, and what happens meanwhile."""

    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    waits: int = 0

    def __call__(self) -> None:
        self.waits += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def monotonic(self) -> float:
        return float(self.waits)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def reached(world: World, waiting: Waiting) -> Reached:
    return Reached(
        lambda: world.cursor,
        logs={"intake": world.intake, "dispatch": world.dispatch},
        wait=waiting,
        monotonic=waiting.monotonic,
    )


def test_of_what_is_followed_to_its_end_nothing_is_waited_for(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    for stream in (W, R, W):
        world.happens(stream)
    world.rest()
    assert (reached.behind([W, R], UNTIL), waiting.waits) == ([], 0)


def test_a_stream_without_any_commit_is_at_its_end(reached: Reached, waiting: Waiting) -> None:
    assert (reached.behind([W, R], UNTIL), waiting.waits) == ([], 0)
    assert reached.behind([], UNTIL) == []


def test_it_waits_until_the_consumer_has_come_so_far(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    world.happens(W)
    world.happens(R)
    waiting.meanwhile = [lambda: None, world.rest]
    assert (reached.behind([W, R], UNTIL), waiting.waits) == ([], 2)


def test_what_others_have_appended_since_is_not_waited_for(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    world.happens(W)
    world.rest()
    world.happens(V)
    assert (reached.behind([W], UNTIL), waiting.waits) == ([], 0)


def test_who_will_come_so_far_but_not_in_time_is_told_from_who_will_not(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    world.happens(U)
    world.rest()
    world.happens(W)
    with pytest.raises(SourceBehind, match="reached=1, wanted=2"):
        reached.behind([U, W], UNTIL)
    assert waiting.waits == UNTIL


def test_a_held_stream_is_behind_and_not_waited_for(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    effect = world.happens(R, world.happens(W))
    world.happens(V)
    world.happens(Q, effect)
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    assert (reached.behind([V, W, Q], UNTIL), waiting.waits) == ([W, Q], 0)


def test_a_stream_that_is_held_while_one_waits_is_behind(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    world.happens(W)
    world.happens(V)
    world.scribe.trouble[f"{W}@1"] = torn()
    waiting.meanwhile = [world.rest]
    assert (reached.behind([W, V], UNTIL), waiting.waits) == ([W], 1)


def test_a_commit_without_a_place_is_waited_for_and_gets_one(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    append(world.dispatch, W)
    waiting.meanwhile = [lambda: world.dispatch.stamp(1), world.rest]
    assert (reached.behind([W], UNTIL), waiting.waits) == ([], 2)


def test_a_commit_that_gets_no_place_in_time_is_behind(
    world: World, reached: Reached, waiting: Waiting
) -> None:
    world.happens(V)
    world.rest()
    append(world.dispatch, W)
    assert (reached.behind([V, W], UNTIL), waiting.waits) == ([W], UNTIL)


def test_what_has_its_place_and_is_a_matter_of_time_comes_before_what_has_none(
    world: World, reached: Reached
) -> None:
    world.happens(V)
    append(world.dispatch, W)
    with pytest.raises(SourceBehind):
        reached.behind([W, V], UNTIL)


def test_what_is_away_goes_through(
    world: World, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object, consumer: str) -> None:
        raise StoreAway(why=consumer)

    monkeypatch.setattr(type(world.cursors), "load", away)
    with pytest.raises(StoreAway):
        reached.behind([W], UNTIL)
