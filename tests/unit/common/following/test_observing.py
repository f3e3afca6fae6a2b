"""Observers, as the chart is one, are shown what is passed: what nobody follows here as well."""

from dataclasses import replace

import pytest

from services.common.contracts.commit import Commit
from services.common.contracts.streams import REGISTRY_KINDS, registry_stream
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import SourceBehind
from services.common.following.processor import Processor
from tests.support.examples import acknowledged, draft
from tests.unit.common.chart.small import MOMENT
from tests.unit.common.eventlog.toy import registry_event, tip_of
from tests.unit.common.following.processing import TABLE, U, V, W, World, torn


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def watched(world: World, shown: list[str]) -> Processor:
    def show(commit: Commit) -> None:
        shown.append(f"{commit.stream}@{commit.version}")

    world.processor = world.replica(observers=[show])
    return world.processor


@pytest.mark.usefixtures("watched")
def test_everything_that_is_passed_is_shown_once_in_order(world: World, shown: list[str]) -> None:
    names = []
    for stream in (W, TABLE, V, TABLE):
        commit = world.happens(stream)
        names.append(f"{commit.stream}@{commit.version}")
    world.rest()
    assert (shown, world.told) == (names, [f"{W}@1", f"{V}@1"])


@pytest.mark.usefixtures("watched")
def test_what_is_held_is_shown_when_it_is_taken_up(world: World, shown: list[str]) -> None:
    world.fails(torn())
    del shown[:]
    for stream in (W, V):
        world.happens(stream)
    world.rest()
    assert shown == [f"{V}@1"]
    world.scribe.trouble.clear()
    world.processor.replay(W)
    assert shown == [f"{V}@1", f"{W}@1", f"{W}@2"]


@pytest.mark.usefixtures("older", "watched")
def test_what_can_not_be_read_can_not_be_shown(world: World, shown: list[str]) -> None:
    world.happens(W, event=acknowledged())
    world.happens(TABLE, event=acknowledged())
    world.happens(U)
    world.rest()
    assert (set(shown), world.told) == ({f"{U}@1"}, [f"{U}@1"])


# -- the chart -------------------------------------------------------------------------------------


def test_adoptions_are_folded_though_nobody_follows_them(world: World) -> None:
    chart = LiveChart(world.dispatch)
    world.processor = world.replica(observers=[chart.observe])
    for kind in REGISTRY_KINDS:
        world.happens(registry_stream(kind), event=registry_event(kind))
        world.rest()
    assert chart.ready
    assert world.told == []


def test_a_registry_that_a_commit_names_must_be_known_first(world: World) -> None:
    chart = LiveChart(world.dispatch)
    processor = world.replica(observers=[chart.observe])
    named = replace(draft(W, recorded_at=MOMENT), chart={"registry-units": 1})
    world.dispatch.append(named, tip_of(world.dispatch, W))
    world.dispatch.stamp(1)
    for _ in range(2):
        with pytest.raises(SourceBehind, match="registry-units"):
            processor.turn()
    assert (world.told, world.held, world.cursor.revision) == ([], {}, 0)
    world.happens("registry-units", event=registry_event("units"))
    assert processor.turn() == 2
    assert world.told == [f"{W}@1"]
