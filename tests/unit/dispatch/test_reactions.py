"""What dispatch does because of others' events, through its processor, once."""

from services.common.contracts.events.dispatch import (
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderConcluded,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderReopened,
    WorkOrderWhistled,
)
from services.common.contracts.events.escalation import (
    RaiseAccepted,
    RaiseAdvisedBack,
    WhistleBlown,
    WhistleConcluded,
    WhistledOrder,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.contracts.events.intake import RequestClosed, RequestReopened
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import raise_stream, request_stream, whistle_stream
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_dispatch import CENTRE
from tests.unit.dispatch.world import DISTRICT, ELSEWHERE, POWER, ROAD, UNCLEAR, World

RESULT = {"path": "village", "result": "清理完毕", "evidence": ["照片 1"]}
REQUEST = request_stream("r-1")


def last(world: World, order: str) -> object:
    return world.commits(order)[-1].facts[-1].event


def whistled(*orders: str) -> tuple[WhistledOrder, ...]:
    return tuple(WhistledOrder(order, f"r-{n}") for n, order in enumerate(orders, 1))


def blown(*orders: str, town: str = VILLAGE) -> WhistleBlown:
    return WhistleBlown(
        work_orders=whistled(*orders), town=town, kind="request", place_code=VILLAGE,
        category=ROAD, lead=VILLAGE, support=(),
        summary_ref="escalation/s",
    )  # fmt: skip


def raised(world: World, order: str) -> str:
    assert world.post(order, "acknowledgement").status_code == 200
    answer = world.post(order, "raise", {"reason": "夜市需联合执法"})
    assert answer.status_code == 200
    world.settle()
    return str(answer.get_json()["raise_id"])


def resolved(world: World) -> str:
    order = world.forwarded()
    for what, body in (
        ("acknowledgement", None),
        ("contacts", {"result": "spoken"}),
        ("resolution", RESULT),
    ):
        assert world.post(order, what, body).status_code == 200
    return order


def test_a_forwarded_request_goes_to_the_unit_of_the_duty_with_its_explanation(
    world: World,
) -> None:
    event = last(world, world.forwarded())
    assert isinstance(event, WorkOrderDispatched)
    assert (event.holder, event.rule, event.runner_up, event.fallback) == (
        VILLAGE, "village-by-place", TOWN, False,
    )  # fmt: skip
    assert event.copied_to == (CENTRE,)
    assert event.rule_inputs["place_code"] == VILLAGE


def test_the_dispatch_names_its_cause_and_the_charts_it_used(world: World) -> None:
    [commit] = world.commits(world.forwarded())
    assert commit.cause is not None
    assert (commit.cause.stream, commit.cause.version) == (REQUEST, 1)
    assert set(commit.draft.chart) == {
        f"registry-{kind}" for kind in ("units", "categories", "duties", "catalogue", "policies")
    }


def test_the_place_chooses_among_units_and_the_duty_among_tiers(world: World) -> None:
    holders = [
        last(world, world.forwarded("r-1", ROAD)),
        last(world, world.forwarded("r-2", place_code=ELSEWHERE)),
        last(world, world.forwarded("r-3", POWER)),
    ]
    assert [getattr(each, "holder", None) for each in holders] == [
        TOWN, ELSEWHERE, "dept-utility-power",
    ]  # fmt: skip


def test_an_unclear_duty_or_place_goes_to_the_command_centre(world: World) -> None:
    cases = {
        "fallback-unclear-duty": world.forwarded("r-1", UNCLEAR),
        "fallback-no-place": world.forwarded("r-2", place_code=None),
        "fallback-unknown-place": world.forwarded("r-3", place_code="999"),
        "fallback-unknown-category": world.forwarded("r-4", "no.such.category"),
        "fallback-unknown-district": world.forwarded("r-5", UNCLEAR, None, district="999999"),
    }
    for rule, order in cases.items():
        event = last(world, order)
        assert isinstance(event, WorkOrderDispatched)
        assert (event.rule, event.holder, event.fallback) == (rule, CENTRE, True)


def test_the_home_district_answers_for_a_district_without_a_centre(world: World) -> None:
    event = last(world, world.forwarded("r-9", "no.such.category", None, district="000000"))
    assert isinstance(event, WorkOrderDispatched)
    assert event.holder == f"cc-{DISTRICT}"


def test_an_accepted_raise_hands_the_order_to_the_town(world: World) -> None:
    order = world.forwarded()
    raise_id = raised(world, order)
    world.hears(raise_stream(raise_id), RaiseAccepted(order, "r-1", TOWN))
    assert last(world, order) == WorkOrderHandedOver("r-1", VILLAGE, TOWN, "raise", 0, raise_id)


def test_advice_leaves_the_order_with_the_village(world: World) -> None:
    order = world.forwarded()
    raise_id = raised(world, order)
    world.hears(raise_stream(raise_id), RaiseAdvisedBack(order, "r-1", TOWN, "escalation/a"))
    assert last(world, order) == WorkOrderAdvisedBack("r-1", TOWN, raise_id)


def test_an_acceptance_that_comes_after_a_take_over_is_refused_by_name(world: World) -> None:
    order = world.forwarded()
    raise_id = raised(world, order)
    assert world.post(order, "takeover", by=TOWN).status_code == 200
    world.hears(raise_stream(raise_id), RaiseAccepted(order, "r-1", TOWN))
    assert last(world, order) == ReactionRefused("HandOver", "raise-not-open", raise_id)


def test_a_whistle_marks_every_order_it_names_and_its_end_frees_them(world: World) -> None:
    orders = [world.forwarded(f"r-{n}") for n in (1, 2)]
    for order in orders:
        world.post(order, "acknowledgement")
    world.hears(whistle_stream("h-1"), blown(*orders))
    assert [last(world, order) for order in orders] == [
        WorkOrderWhistled(f"r-{n}", "h-1", "request") for n in (1, 2)
    ]
    world.hears(
        whistle_stream("h-1"),
        WhistleConcluded("mediation", (), (), (), whistled(*orders)),
    )
    assert [last(world, order) for order in orders] == [
        WorkOrderConcluded(f"r-{n}", "h-1", "mediation") for n in (1, 2)
    ]


def test_one_order_refused_by_a_whistle_says_so_and_the_other_goes_on(world: World) -> None:
    first, second = world.forwarded("r-1"), world.forwarded("r-2")
    world.post(first, "acknowledgement")
    world.hears(whistle_stream("h-1"), blown(first, second))
    assert isinstance(last(world, first), WorkOrderWhistled)
    assert last(world, second) == ReactionRefused("WhistleOrder", "not-allowed-now", "h-1")


def test_a_town_cannot_whistle_for_an_order_it_does_not_hold(world: World) -> None:
    order = world.forwarded()
    world.post(order, "acknowledgement")
    world.hears(whistle_stream("h-1"), blown(order, town=TOWN))
    assert last(world, order) == ReactionRefused("WhistleOrder", "held-by-another-unit", "h-1")


def test_a_rejected_and_a_withdrawn_whistle_free_the_order_too(world: World) -> None:
    order = world.forwarded()
    world.post(order, "acknowledgement")
    orders = whistled(order)
    world.hears(whistle_stream("h-1"), blown(order))
    world.hears(whistle_stream("h-1"), WhistleRejected("escalation/r", (), orders))
    assert last(world, order) == WorkOrderConcluded("r-1", "h-1", "rejected")
    world.hears(whistle_stream("h-2"), blown(order))
    world.hears(whistle_stream("h-2"), WhistleWithdrawn((), orders, reason="no_order_left"))
    assert last(world, order) == WorkOrderConcluded("r-1", "h-2", "withdrawn")


def test_a_no_reopens_the_resolution_it_judged(world: World) -> None:
    order = resolved(world)
    world.hears(REQUEST, RequestReopened(1, judged_resolution=1))
    assert last(world, order) == WorkOrderReopened("r-1", VILLAGE, 1)


def test_a_no_before_anything_was_resolved_leaves_the_order_as_it_is(world: World) -> None:
    order = world.forwarded()
    world.hears(REQUEST, RequestReopened(1, judged_resolution=0))
    assert len(world.commits(order)) == 1


def test_a_closed_request_closes_its_order(world: World) -> None:
    order = resolved(world)
    world.hears(REQUEST, RequestClosed(1, "solved"))
    assert last(world, order) == WorkOrderClosed("r-1", "solved")


def test_following_everything_again_from_the_start_adds_nothing(world: World) -> None:
    order = resolved(world)
    world.hears(REQUEST, RequestClosed(1, "solved"))
    before = world.commits(order)
    world.follow_anew()
    assert world.commits(order) == before
