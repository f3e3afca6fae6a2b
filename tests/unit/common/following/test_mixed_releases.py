"""While releases are mixed, what only a newer one knows stops nobody who doesn't follow it."""

from dataclasses import replace

import pytest

from services.common.contracts.commit import Happened
from services.common.contracts.event_types import UnknownEvent
from services.common.eventlog.ports import StoreAway
from tests.support.examples import DAY_ONE, draft, noted
from tests.unit.common.eventlog.toy import tip_of
from tests.unit.common.following.processing import Sick, V, W, World, hanging, torn

NEW = "cluster-c"  #: a stream of a category that this release has never heard of


def test_streams_of_a_newer_release_are_passed_and_what_they_caused_is_told(world: World) -> None:
    world.happens(W, world.happens(NEW, world.happens(V)))
    world.rest()
    assert (world.told, world.held) == ([f"{V}@1", f"{W}@1"], {})
    assert world.cursor.positions["dispatch"] == 3


def test_an_event_of_an_unknown_type_is_told_as_it_is(world: World) -> None:
    unknown = (Happened(UnknownEvent("New", 1, {}), DAY_ONE),)
    world.dispatch.append(replace(draft(W), events=unknown), tip_of(world.dispatch, W))
    world.dispatch.stamp(1)
    world.rest()
    assert world.told == [f"{W}@1"]


@pytest.mark.parametrize("release", ["replay", "retry"])
def test_what_hangs_on_a_held_stream_may_be_of_a_newer_release(world: World, release: str) -> None:
    failing = world.happens(W)
    world.happens(V, world.happens(NEW, failing))
    world.scribe.trouble[f"{W}@1"] = Sick()
    world.rest()
    assert hanging(world.held) == {W: (1, None), NEW: (1, W), V: (1, NEW)}
    world.scribe.trouble.clear()
    if release == "replay":
        world.processor.replay(W)
    else:
        world.try_again()
    assert (world.told, world.held) == ([f"{W}@1", f"{V}@1"], {})


def test_what_fails_again_still_holds_what_hangs_on_it(world: World) -> None:
    world.happens(V, world.happens(NEW, world.happens(W, event=noted())))
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    world.scribe.trouble[f"{W}@1"] = StoreAway()
    with pytest.raises(StoreAway):
        world.processor.replay(W)
    assert hanging(world.held) == {W: (1, None), NEW: (1, W), V: (1, NEW)}
