"""Orders, who has them and for how long, and ladders: a hand-made month, counted both ways."""

from datetime import timedelta

import pytest

from services.audit.ledger import Counted
from services.common.contracts.commit import Cause
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineMissed,
    MissWithdrawn,
)
from services.common.contracts.events.dispatch import (
    WorkOrderAcknowledged,
    WorkOrderClosed,
    WorkOrderHandedOver,
    WorkOrderReopened,
)
from services.common.contracts.events.intake import RequestReceived
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import (
    clock_stream,
    request_stream,
    work_order_id,
    work_order_stream,
)
from services.metrics.shares import shares_of_request
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_metrics import CENTRE, NEIGHBOUR, MetricsWorld

HOUR = 3600
DAYS_16 = 16 * 24
IN_JULY = 31 * 24


@pytest.fixture
def world() -> MetricsWorld:
    return MetricsWorld()


def _handed_over(world: MetricsWorld, request: str, hours: float) -> None:
    event = WorkOrderHandedOver(request, VILLAGE, TOWN, "raise", int(hours * HOUR))
    world.write(work_order_stream(work_order_id(request)), event, hours=hours)


def _closed(world: MetricsWorld, request: str, hours: float) -> None:
    order = work_order_stream(work_order_id(request))
    world.write(order, WorkOrderClosed(request, "solved"), hours=hours)


def _both(world: MetricsWorld, unit: str = TOWN) -> dict[str, Counted]:
    counted = world.counted(unit)
    assert counted == world.recounted(unit)
    return counted


def test_an_order_is_open_until_it_is_closed(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    assert _both(world)["open"] == Counted(1)
    world.resolved("r-1", VILLAGE, hours=10)
    assert _both(world)["open"] == Counted(1), "resolved is not closed: only the reporter says so"
    _closed(world, "r-1", hours=20)
    assert _both(world)["open"] == Counted(0)
    assert _both(world)["dispatched"] == Counted(1)


def test_open_orders_are_counted_by_the_tier_of_their_holder(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    world.dispatched("r-2", hours=1)
    _handed_over(world, "r-2", hours=5)
    parts = world.bodies()["open"]["parts"]
    assert {tier: found["numerator"] for tier, found in parts.items()} == {"town": 1, "village": 1}
    assert _both(world, VILLAGE)["open"] == Counted(1)


def test_an_order_of_june_that_is_open_in_july_is_open_in_both(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    world.move_to(IN_JULY)
    assert world.counted()["open"] == Counted(1)
    _closed(world, "r-1", hours=IN_JULY + 1)
    assert world.counted()["open"] == Counted(1), "it was open when June ended"
    july = world.counted(month="2026-07")
    assert july["open"] == Counted(0)
    assert july["dispatched"] == Counted(0)
    assert july == world.recounted(month="2026-07")


def test_an_order_of_july_is_no_order_of_june(world: MetricsWorld) -> None:
    world.move_to(IN_JULY)
    world.dispatched("r-1", hours=IN_JULY)
    assert _both(world)["open"] == Counted(0)
    assert world.counted(month="2026-07")["open"] == Counted(1)
    record = world.documents.get("request_records", "r-1").body  # books wouldn't even look at it
    assert not [each for each in shares_of_request(record, world.window()) if each.numerator]


def test_an_order_is_overdue_once_its_resolution_limit_is_missed(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.armed("r-1", 1, "resolution", order, VILLAGE, limit_hours=DAYS_16)
    world.move_to(DAYS_16)
    assert _both(world)["overdue"] == Counted(0)
    world.missed("r-1", 1, "resolution", order)
    assert _both(world)["overdue"] == Counted(1)
    world.resolved("r-1", VILLAGE, hours=DAYS_16 + 5)
    world.met("r-1", 1, "resolution", order, late=18_000)
    assert _both(world)["overdue"] == Counted(0), "resolved late: nobody waits for it any more"


def test_a_miss_that_was_withdrawn_never_made_an_order_overdue(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.armed("r-1", 1, "resolution", order, VILLAGE)
    world.move_to(25)
    world.missed("r-1", 1, "resolution", order)
    world.write(clock_stream("r-1"), MissWithdrawn(1, "resolution", order, "e"), hours=26)
    assert _both(world)["overdue"] == Counted(0)


def test_a_miss_stays_with_the_village_when_the_town_takes_over(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.armed("r-1", 1, "resolution", order, VILLAGE)
    world.move_to(25)
    world.missed("r-1", 1, "resolution", order)
    _handed_over(world, "r-1", hours=26)
    world.lifted("r-1", 1, "resolution", order)
    world.armed("r-1", 2, "resolution", order, TOWN)
    assert _both(world)["overdue"] == Counted(0), "the town has a clock of its own"
    assert _both(world, VILLAGE)["escalation_depth"] == Counted(1, 1)
    assert _both(world)["escalation_depth"] == Counted(1, 1)


def test_time_is_charged_to_who_held_it_and_stops_while_the_reporter_is_asked(
    world: MetricsWorld,
) -> None:
    order = world.dispatched("r-1")
    _handed_over(world, "r-1", hours=10)
    world.resolved("r-1", TOWN, hours=30)
    world.write(order, WorkOrderReopened("r-1", TOWN, 1), hours=50)
    world.move_to(51)
    assert _both(world, VILLAGE)["held_seconds"] == Counted(10 * HOUR, 1)
    whole = _both(world)["held_seconds"]
    assert whole == Counted(31 * HOUR, 1), "one order, whoever of the town had it"
    assert world.bodies()["held_seconds"]["parts"]["town"]["numerator"] == 21 * HOUR


def test_time_is_counted_in_the_month_in_which_it_passed(world: MetricsWorld) -> None:
    world.dispatched("r-1", hours=30 * 24 - 9.2 - 2)  # two hours before July in Beijing
    world.move_to(IN_JULY)
    june, july = world.counted(), world.counted(month="2026-07")
    assert june["held_seconds"] == Counted(2 * HOUR, 1)
    assert july["held_seconds"].numerator == int((24 + 9.2) * HOUR)
    assert july == world.recounted(month="2026-07")


def test_time_that_ends_in_july_is_charged_to_june_up_to_its_end(world: MetricsWorld) -> None:
    world.dispatched("r-1", hours=30 * 24 - 9.2 - 2)
    world.resolved("r-1", VILLAGE, hours=IN_JULY)
    june = world.counted()
    assert june["held_seconds"] == Counted(2 * HOUR, 1)
    assert june == world.recounted()


def test_a_hand_over_is_charged_to_who_gave_it_away(world: MetricsWorld) -> None:
    world.dispatched("r-1")
    world.dispatched("r-2", NEIGHBOUR)
    _handed_over(world, "r-1", hours=10)
    assert _both(world)["hand_overs"] == Counted(1, 2)
    assert _both(world, VILLAGE)["hand_overs"] == Counted(1, 1)
    assert _both(world, NEIGHBOUR)["hand_overs"] == Counted(0, 1)


def test_time_and_hand_overs_are_told_per_order_that_a_unit_had_in_the_month(
    world: MetricsWorld,
) -> None:
    world.dispatched("r-1")
    world.dispatched("r-2")
    _handed_over(world, "r-1", hours=10)
    world.move_to(20)
    assert _both(world, VILLAGE)["held_seconds"] == Counted(30 * HOUR, 2)
    assert _both(world, VILLAGE)["hand_overs"] == Counted(1, 2)


def test_a_ladder_counts_once_by_its_greatest_step(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.armed("r-1", 1, "acknowledge", order, VILLAGE)
    world.armed("r-1", 2, "resolution", order, VILLAGE)
    for step in range(3):
        world.move_to(24 + 4 * step)
        world.missed("r-1", 1, "acknowledge", order, step)
    world.missed("r-1", 2, "resolution", order)
    assert _both(world)["escalation_depth"] == Counted(3, 1)
    assert world.bodies()["escalation_depth"]["greatest"] == 3


def test_a_ladder_that_rings_for_ever_does_not_grow_the_record_for_ever(
    world: MetricsWorld,
) -> None:
    order = world.dispatched("r-1")
    world.armed("r-1", 1, "acknowledge", order, VILLAGE)
    for step in range(40):
        world.missed("r-1", 1, "acknowledge", order, step)
    world.follow()
    arming = world.documents.get("request_records", "r-1").body["clock"]["armings"][0]
    assert list(arming["escalated"]) == ["2026-06"]
    assert arming["escalated"]["2026-06"]["step"] == 40


def test_the_end_of_all_clocks_alone_is_told_apart_by_its_cause(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    world.armed("r-1", 1, "resolution", order, VILLAGE)
    _closed(world, "r-1", hours=5)
    world.write(clock_stream("r-1"), ClocksStopped((1,)), cause=Cause(order, 2))
    world.follow()
    body = world.documents.get("request_records", "r-1").body
    assert "lifted" in body["clock"]["armings"][0]
    assert world.documents.get("whistle_records", "r-1").revision == 0


def test_refused_reactions_change_no_figure(world: MetricsWorld) -> None:
    order = world.dispatched("r-1")
    before = _both(world)
    refused = ReactionRefused("CloseWorkOrder", "nothing_to_do")
    world.write(order, refused)
    world.write(order, refused, WorkOrderAcknowledged("r-1", VILLAGE))
    world.write(clock_stream("r-1"), refused)
    world.write(order, WorkOrderAcknowledged("r-1", VILLAGE), refused)
    assert _both(world) == before
    body = world.documents.get("request_records", "r-1").body
    assert (body["id"], body["order"]["stage"]) == ("r-1", "in_hand")


def test_a_request_is_counted_for_its_place_and_channel(world: MetricsWorld) -> None:
    places = (VILLAGE, NEIGHBOUR, None)
    for number, place in enumerate(places):
        event = RequestReceived("hotline", "complaint", "who", "said", False, False, place)
        world.write(request_stream(f"r-{number}"), event)
    assert _both(world)["received"] == Counted(2)
    assert world.bodies()["received"]["parts"]["hotline"]["numerator"] == 2


def test_a_fallback_order_is_charged_to_the_command_centre(world: MetricsWorld) -> None:
    world.dispatched("r-1", CENTRE)
    assert _both(world)["open"] == Counted(0)
    assert _both(world, "110112")["open"] == Counted(1)
    assert world.bodies("110112")["open"]["parts"]["district"]["numerator"] == 1


def test_the_order_of_streams_makes_no_difference(world: MetricsWorld) -> None:
    """A miss is known before the order is, and the order before the request."""
    order = work_order_stream(work_order_id("r-1"))
    due = DAY_ONE + timedelta(hours=1)
    armed = DeadlineArmed(1, "resolution", order, DAY_ONE, HOUR, due, (), HOUR, VILLAGE)
    world.write(clock_stream("r-1"), armed, DeadlineMissed(1, "resolution", order, 0, due, 0))
    world.dispatched("r-1")
    assert _both(world)["overdue"] == Counted(1)
