"""What each record keeps, part by part."""

from typing import Any

import pytest

from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.dispatch import (
    WorkOrderAcknowledged,
    WorkOrderAdvisedBack,
    WorkOrderConcluded,
    WorkOrderRaised,
    WorkOrderWhistled,
)
from services.common.contracts.events.escalation import (
    JointActionBegun,
    RaiseAccepted,
    RaiseReceived,
    RaiseVoided,
    UnitJoined,
    WhistleApproved,
    WhistleConcluded,
    WhistleMarkedUnapproved,
    WhistleOrderDropped,
)
from services.common.contracts.events.intake import (
    RequestClassified,
    RequestForwarded,
    RequestReceived,
)
from services.common.contracts.streams import (
    raise_stream,
    request_stream,
    whistle_stream,
    work_order_id,
    work_order_stream,
)
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_metrics import MARKET, MetricsWorld


@pytest.fixture
def world() -> MetricsWorld:
    return MetricsWorld()


def _record(world: MetricsWorld, model: str, id: str) -> Any:  # noqa: A002  the port's own name
    world.follow()
    return world.documents.get(model, id).body


def test_a_request_keeps_how_it_came_and_what_it_became(world: MetricsWorld) -> None:
    received = RequestReceived("hotline", "complaint", "who", "said", False, False, VILLAGE)
    classified = RequestClassified("a.b.market", "complex")
    forwarded = RequestForwarded("a.b.market", "complex", "110112", DAY_ONE, VILLAGE)
    commit = world.write(request_stream("r-1"), received, classified, forwarded)
    request = _record(world, "request_records", "r-1")["request"]
    at = "2026-06-01T01:12:00.000000Z"
    assert request == {
        "received": {
            "at": at,
            "event": commit.facts[0].id,
            "channel": "hotline",
            "kind": "complaint",
            "place_code": VILLAGE,
        },
        "category": "a.b.market",
        "time_class": "complex",
        "forwarded": {"at": at, "event": commit.facts[2].id, "promised_at": at},
    }


def test_a_request_keeps_no_reference_to_texts_or_people(world: MetricsWorld) -> None:
    received = RequestReceived("web", "complaint", "intake/who", "intake/said", True, False)
    world.write(request_stream("r-1"), received)
    assert "intake/" not in str(_record(world, "request_records", "r-1"))


def test_a_raise_lies_with_its_request(world: MetricsWorld) -> None:
    received = RaiseReceived("o-1", "r-1", VILLAGE, TOWN)
    world.write(raise_stream("a-1"), received)
    world.write(raise_stream("a-1"), RaiseAccepted("o-1", "r-1", TOWN), hours=4)
    world.write(raise_stream("a-1"), RaiseVoided("o-1", "r-1", "refused"), hours=5)
    raised = _record(world, "request_records", "r-1")["raises"]["a-1"]
    assert (raised["received"]["from"], raised["received"]["to"]) == (VILLAGE, TOWN)
    assert raised["answered"]["accepted"] is True
    assert "voided" in raised


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((), "dispatched"),
        ((WorkOrderAcknowledged("r-1", VILLAGE),), "in_hand"),
        ((WorkOrderRaised("r-1", VILLAGE, TOWN, "a-1", "why"),), "raised"),
        (
            (
                WorkOrderRaised("r-1", VILLAGE, TOWN, "a-1", "why"),
                WorkOrderAcknowledged("r-1", VILLAGE),
            ),
            "raised",
        ),
        ((WorkOrderAdvisedBack("r-1", TOWN, "a-1"),), "in_hand"),
        ((WorkOrderWhistled("r-1", "h-1", "request"),), "whistled"),
        ((WorkOrderConcluded("r-1", "h-1", "solved"),), "in_hand"),
    ],
)
def test_an_order_keeps_where_it_stands(
    world: MetricsWorld, events: tuple[Any, ...], stage: str
) -> None:
    order = world.dispatched("r-1")
    for event in events:
        world.write(order, event)
    assert _record(world, "request_records", "r-1")["order"]["stage"] == stage


def test_a_whistle_keeps_its_way_to_the_conclusion(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    stream = whistle_stream("h-1")
    world.write(stream, WhistleMarkedUnapproved(60))
    world.write(stream, WhistleApproved("deputy", ()))
    world.write(stream, UnitJoined(MARKET, True), JointActionBegun((MARKET,)))
    world.write(stream, WhistleOrderDropped("o-2", "held-by-another-unit"))
    world.write(stream, WhistleConcluded("mediation", (), (), (), ()), hours=9)
    whistle = _record(world, "whistle_records", "h-1")["whistle"]
    assert whistle["unapproved"]["late_by_seconds"] == 60
    assert whistle["approved"]["approved_as"] == "deputy"
    assert whistle["concluded"]["outcome"] == "mediation"
    assert [each["work_order_id"] for each in whistle["dropped"]] == ["o-2"]
    assert "begun" in whistle


def test_a_type_of_a_newer_release_counts_and_changes_nothing(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    before = world.counted()
    world.write(order, UnknownEvent("WorkOrderBlessed", 1, {"request_id": "r-1"}))
    assert world.counted() == before
    cursor = world.cursors.load("metrics.request_records")
    assert (cursor.positions["dispatch"], cursor.held) == (world.logs["dispatch"].head(), {})


def test_an_order_whose_beginning_is_of_a_newer_release_spoils_no_figure(
    world: MetricsWorld,
) -> None:
    order = work_order_stream(work_order_id("r-1"))
    world.write(order, UnknownEvent("WorkOrderSprouted", 1, {"request_id": "r-1"}))
    world.write(order, WorkOrderAcknowledged("r-1", VILLAGE))
    assert world.counted() == world.recounted()
