"""What a batch could not write for some streams holds these alone, from where it says."""

from collections.abc import Iterable

import pytest

from services.common.following.cursors import Cursor, StreamsHeldUp, TooManyHeld
from services.common.following.holding import RETRY_TIERS
from tests.unit.common.following.processing import Page, Scribe, U, V, W, World, hanging


class Poster(Scribe):
    """Writes all but what goes to streams whose letter boxes are full; each stream by itself."""

    in_causal_order = False
    patience_seconds = 0.0

    def __init__(self, full: Iterable[str] = ()) -> None:
        super().__init__()
        self.full = set(full)

    def batch(self) -> "Bag":
        return Bag(self)


class Bag(Page):
    """Letters that are delivered, or not, one by one."""

    def __init__(self, poster: Poster) -> None:
        super().__init__(poster)
        self._poster = poster

    def flush(self) -> None:
        refused: dict[str, int] = {}
        for name in self._names:
            stream, _, version = name.partition("@")
            if stream in self._poster.full:
                refused.setdefault(stream, int(version))
            else:
                self._poster.told.append(name)
        self._names = []
        if refused:
            raise StreamsHeldUp(refused, "full")


@pytest.fixture
def poster() -> Poster:
    return Poster([W])


@pytest.fixture
def world(poster: Poster) -> World:
    return World(poster)


def test_only_these_streams_wait_and_nothing_else_is_told_twice(world: World) -> None:
    for stream in (V, W, U, W, V):
        world.happens(stream)
    world.rest()
    assert world.told == [f"{V}@1", f"{U}@1", f"{V}@2"]
    assert (hanging(world.held), world.cursor.positions["dispatch"]) == ({W: (1, None)}, 5)
    for stream in (W, V):
        world.happens(stream)
    world.rest()
    assert world.told == [f"{V}@1", f"{U}@1", f"{V}@2", f"{V}@3"]
    assert (hanging(world.held), world.cursor.positions["dispatch"]) == ({W: (1, None)}, 7)


def test_a_stream_waits_from_the_first_commit_that_was_not_written(
    world: World, poster: Poster
) -> None:
    poster.full.clear()
    world.happens(W)
    world.rest()
    poster.full.add(W)
    for _ in range(2):
        world.happens(W)
    world.rest()
    assert (world.told, hanging(world.held)) == ([f"{W}@1"], {W: (2, None)})
    assert world.held[W].reason.startswith("StreamsHeldUp")


def test_it_goes_on_in_order_when_there_is_room_again(world: World, poster: Poster) -> None:
    for _ in range(3):
        world.happens(W)
    world.rest()
    poster.full.clear()
    world.try_again()
    world.happens(W)
    world.rest()
    assert world.told == [f"{W}@{version}" for version in (1, 2, 3, 4)]
    assert world.held == {}


def test_what_is_still_full_is_tried_again_for_ever(world: World) -> None:
    for _ in range(2):
        world.happens(W)
    world.rest()
    world.try_again(times=20)
    held = world.held[W]
    assert held.retry_at == held.since + RETRY_TIERS[-1]
    assert (held.version, held.attempts, held.faults) == (1, 20, 0)
    assert world.told == []


def test_a_retry_that_gets_further_waits_from_there(world: World, poster: Poster) -> None:
    """There is room for one letter more, and then none again."""
    for _ in range(2):
        world.happens(W)
    world.rest()

    class Once(Bag):
        def flush(self) -> None:
            poster.full.clear()
            super().flush()
            poster.full.add(W)
            poster.batch = lambda: Bag(poster)  # type: ignore[method-assign]

    poster.batch = lambda: Once(poster)  # type: ignore[method-assign]
    world.try_again()
    assert (world.told, hanging(world.held)) == ([f"{W}@1"], {W: (2, None)})
    assert world.held[W].attempts == 0


def test_of_a_consumer_in_causal_order_it_is_not_believed(world: World, poster: Poster) -> None:
    """By then it has been told what hangs on these streams."""
    poster.in_causal_order = True
    world.happens(W)
    with pytest.raises(StreamsHeldUp):
        world.processor.turn()
    assert (world.cursor, world.told) == (Cursor(), [])
    poster.full.clear()
    world.rest()
    assert (world.told, world.held) == ([f"{W}@1"], {})


def test_with_too_many_held_the_cursor_stands(
    world: World, poster: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.following.processor.MOST_HELD", 2)
    poster.full |= {V, U}
    for stream in (W, V):
        world.happens(stream)
        world.processor.turn()
    world.happens(U)
    for _ in range(2):
        with pytest.raises(TooManyHeld):
            world.processor.turn()
    assert (set(world.held), world.cursor.positions["dispatch"]) == ({W, V}, 2)
    poster.full.clear()
    assert world.processor.turn() == 1
    assert world.told == [f"{U}@1"]
