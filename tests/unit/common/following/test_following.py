"""The one follower: in causal order, once, whatever doorbells and sweeps say."""

from dataclasses import replace

import pytest

from services.common.contracts.commit import Cause, Happened
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.streams import REGISTRY_KINDS, registry_stream
from services.common.eventlog.ports import SourceBehind, StoreAway
from tests.support.examples import DAY_ONE, draft, noted
from tests.unit.common.eventlog.toy import append, log_of, registry_event, tip_of
from tests.unit.common.following.world import R, V, W, World

OTHER = "request-s"


@pytest.fixture
def world() -> World:
    return World()


def test_everything_after_the_checkpoint_is_told_once_in_order(world: World) -> None:
    world.order()
    world.order()
    world.follower.catch_up(W)
    world.order()
    world.follower.catch_up(W)
    assert world.heard == [f"{W}@1", f"{W}@2", f"{W}@3"]


def test_a_doubled_late_or_overtaken_doorbell_changes_nothing(world: World) -> None:
    for _ in range(3):
        world.order()
    for version in (3, 1, 2, 3):
        world.follower.ring(W, version)
    assert world.heard == [f"{W}@1", f"{W}@2", f"{W}@3"]


def test_a_cause_is_handled_before_its_effect_however_deep(world: World) -> None:
    world.request()
    world.order(cause=Cause(R, 1))
    world.request(cause=Cause(W, 1))
    world.order(V, cause=Cause(R, 2))
    world.follower.ring(V, 1)
    assert world.heard == [f"{R}@1", f"{W}@1", f"{R}@2", f"{V}@1"]


def test_a_cause_in_a_log_that_is_not_followed_is_no_concern(world: World) -> None:
    world.order(cause=Cause("whistle-h", 4))
    world.follower.ring(W, 1)
    assert world.heard == [f"{W}@1"]


def test_streams_of_a_newer_release_stop_nobody(world: World) -> None:
    """While releases are mixed: neither its own commits nor those that they caused hold us up."""
    append(world.dispatch, "cluster-c", noted())
    world.order(cause=Cause("cluster-c", 1))
    world.stamp_all()
    assert not world.follower.concerned_by("cluster-c")
    assert [world.follower.sweep("dispatch") for _ in range(2)] == [0, 1]
    assert (world.heard, world.parked()) == ([f"{W}@1"], [])
    assert world.checkpoints.swept("dispatch") == 2


def test_a_cause_that_is_not_readable_yet_is_waited_for(world: World) -> None:
    world.order(cause=Cause(R, 1))
    with pytest.raises(SourceBehind):
        world.follower.catch_up(W)
    world.follower.ring(W, 1)
    assert (world.heard, world.parked(), world.due()) == ([], [], [W])


def test_a_registry_that_a_commit_names_must_be_known_first(world: World) -> None:
    commit = world.dispatch.append(replace(draft(W), chart={"registry-units": 1}), tip_of(log_of()))
    with pytest.raises(SourceBehind, match="registry-units"):
        world.follower.catch_up(commit.stream)
    assert world.heard == []


def test_an_adoption_is_folded_by_whoever_hears_of_it(world: World) -> None:
    for kind in REGISTRY_KINDS:
        append(world.dispatch, registry_stream(kind), registry_event(kind))
        world.follower.ring(registry_stream(kind), 1)
    assert world.chart.ready
    assert world.heard == [], "the chart hears of it, the consumer doesn't follow it"


def test_an_unknown_type_counts_and_is_passed_on(world: World) -> None:
    unknown = (Happened(UnknownEvent("New", 1, {}), DAY_ONE),)
    world.dispatch.append(replace(draft(W), events=unknown), tip_of(world.dispatch))
    world.follower.ring(W, 1)
    assert world.heard == [f"{W}@1"]
    assert world.checkpoints.of([W])[W].version == 1


def test_a_consumer_may_be_told_each_stream_by_itself(world: World) -> None:
    """Then what one stream can't do holds up no other."""
    world.consumer.in_causal_order = False
    world.request()
    world.order(cause=Cause(R, 1))
    world.corrupt(f"{R}@1")
    world.follower.ring(R, 1)
    world.follower.ring(W, 1)
    assert (world.heard, world.parked()) == ([f"{W}@1"], [R])


def test_what_is_not_followed_is_read_where_a_cause_leads_through_it_and_not_told(
    world: World,
) -> None:
    world.consumer.follows = frozenset({"request"})
    world.request()
    world.order(cause=Cause(R, 1))
    append(world.intake, OTHER, noted(), cause=Cause(W, 1))
    world.follower.ring(OTHER, 1)
    assert world.heard == [f"{R}@1", f"{OTHER}@1"]


def test_what_this_process_has_handled_is_not_asked_for_and_swept_all_the_same(
    world: World,
) -> None:
    world.order()
    world.stamp_all()
    assert not world.follower.has_handled(W, 1)
    world.follower.ring(W, 1)
    assert world.follower.has_handled(W, 1)
    assert not world.follower.has_handled(W, 2)
    world.checkpoints.forget()  # the database lost the tail of what was not durable
    assert [world.follower.sweep("dispatch") for _ in range(2)] == [0, 1]
    assert world.heard == [f"{W}@1"] * 2


def test_nobody_is_behind_in_what_is_not_followed(world: World) -> None:
    world.consumer.follows = frozenset({"request"})
    world.order()
    world.stamp_all()
    assert not world.follower.concerned_by(W)
    assert world.follower.concerned_by(R)
    assert world.follower.concerned_by(registry_stream("units")), "it brings the chart up to date"
    assert world.follower.behind("dispatch") == 0
    assert [world.follower.sweep("dispatch") for _ in range(2)] == [0, 0]
    assert world.checkpoints.swept("dispatch") == 1
    assert world.heard == []


# -- the sweeper -----------------------------------------------------------------------------------


def test_what_every_doorbell_missed_is_swept_up_to_the_head_of_one_turn_ago(world: World) -> None:
    world.order()
    world.stamp_all()
    assert world.follower.sweep("dispatch") == 0, "what is new is still on its way"
    world.order(V)
    world.stamp_all()
    assert world.follower.sweep("dispatch") == 1
    assert world.heard == [f"{W}@1"]
    assert world.follower.sweep("dispatch") == 1
    assert world.heard == [f"{W}@1", f"{V}@1"]
    assert world.checkpoints.swept("dispatch") == 2
    assert world.follower.sweep("dispatch") == 0


def test_a_new_consumer_is_brought_to_the_end_by_sweeping_alone(world: World) -> None:
    commits = 2500  # more than one window
    for number in range(commits):
        append(world.dispatch, f"workOrder-{number % 800}", noted(), command_id=f"c-{number}")
    world.stamp_all()
    world.follower.sweep("dispatch")
    world.follower.sweep("dispatch")
    assert len(world.heard) == commits
    assert world.checkpoints.swept("dispatch") == commits


def test_sweeping_notes_what_is_away_for_the_retries_and_goes_on(world: World) -> None:
    world.order()
    world.order(V)
    world.stamp_all()
    world.consumer.trouble[f"{W}@1"] = StoreAway()
    world.follower.sweep("dispatch")
    world.follower.sweep("dispatch")
    assert (world.heard, world.due()) == ([f"{V}@1"], [W])
    assert world.checkpoints.swept("dispatch") == 2


def test_being_behind_is_counted_in_commits(world: World) -> None:
    for _ in range(3):
        world.order()
    world.order(V)
    world.stamp_all()
    assert world.follower.behind("dispatch") == 4
    world.follower.catch_up(W, 2)
    assert world.follower.behind("dispatch") == 2
    world.follower.ring(W)
    world.follower.ring(V)
    assert world.follower.behind("dispatch") == 0
