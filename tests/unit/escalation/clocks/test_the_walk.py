"""The night market of Zhangwan village, clock by clock, commit by commit."""

from services.common.contracts.commit import Cause
from services.common.contracts.events.clocks import DeadlineArmed, DeadlineMet
from services.common.contracts.streams import call_id
from tests.support.examples_clock_facts import (
    CALLED,
    CH,
    CP,
    WHISTLE,
    A,
    C,
    D,
    H,
    P,
    R,
    W,
    acknowledged,
    approved,
    blown,
    called,
    checked_in,
    concluded,
    department_rated,
    dispatched,
    duty_assigned,
    duty_ended,
    follow_up_opened,
    follow_up_recorded,
    forwarded,
    handed_over,
    order_closed,
    raise_accepted,
    raise_received,
    raised,
    rating_opened,
    received,
    released,
    reported_in,
    request_closed,
    resolved,
    spoken,
    whistle_rated,
)
from tests.support.examples_clocks import CENTRE, DEPUTY, LEADER, TOWN, VILLAGE, World, moment
from tests.support.examples_clocks import events_of as only

NIGHT_MARKET = [
    "armed a1 forward d1 11:12, met a1, armed a2 dispatch d1 09:22, armed a3 promised d16 09:22",
    "met a2, armed a4 acknowledge d2 09:12, armed a5 resolution d16 09:12",
    "met a4, armed a6 contact d2 10:30",
    "met a6",
    "armed a7 raise_answer d3 09:00",
    "met a7",
    "lifted a5, armed a8 resolution d17 14:00",
    "reminded a8",
    "met a8",
    "met a3, armed a9 follow_up d13 11:00",
    "met a9",
    "stopped",
]
WHISTLED = [
    "armed b1 approval d2 19:00",
    "met b1, armed b2 conclusion d12 16:10",
    "armed b3 report_in d3 16:10",
    "armed b4 report_in d3 16:10",
    "armed b5 report_in d3 16:10",
    "armed b6 report_in d3 16:10",
    "met b3",
    "met b4",
    "met b5",
    "met b6",
    "reminded b2",
    "met b2",
    "armed b7 rating_town d15 10:00, armed b8 rating_unit d15 10:00",
    "armed b9 rating_town d15 10:00, armed b10 rating_unit d15 10:00",
    "armed b11 rating_town d15 10:00, armed b12 rating_unit d15 10:00",
    "met b7",
    "met b8",
    "met b9",
    "met b10",
    "met b11",
    "met b12, stopped",
]
RATED = tuple(zip(D[1:], CALLED[1:], strict=True))


def caused(by: str, version: int) -> Cause:
    return Cause(by, version)


def raise_and_take_over(world: World) -> None:
    world.say("d1 09:12", R, received(), forwarded())  # row 1
    world.say("d1 09:12", W, dispatched(), cause=caused(R, 1))
    world.say("d1 10:30", W, acknowledged())
    world.say("d1 15:00", W, spoken())
    world.say("d2 09:00", W, raised())  # row 5
    world.say("d2 09:00", A, raise_received(), cause=caused(W, 4))
    world.say("d2 14:00", A, raise_accepted())
    world.say("d2 14:00", W, handed_over("raise"), cause=caused(A, 2))


def whistle_and_report_in(world: World) -> None:
    world.say("d2 15:00", H, blown())  # row 7
    world.say("d2 16:10", H, approved())
    for stream, unit in zip(D, CALLED, strict=True):
        world.say("d2 16:10", stream, called(unit), cause=caused(H, 2))
    for stream, unit in zip(D, CALLED, strict=True):  # row 11
        world.say("d2 19:30", stream, reported_in(unit))
    for stream, unit in zip(D, CALLED, strict=True):
        world.say("d4 20:00", stream, reported_in(unit, first=False))
    world.run_until("d11 17:00")  # row 13


def conclude_and_rate(world: World) -> None:
    for stream, unit in zip(D, CALLED, strict=True):  # row 14
        world.say("d11 17:00", stream, released(unit))
    to_rate = tuple(call_id(WHISTLE, unit) for unit in CALLED[1:])
    done = world.say("d12 10:00", H, concluded(to_rate)).version  # row 15
    for stream, unit in RATED:
        world.say("d12 10:00", stream, rating_opened(unit), cause=caused(H, done))
    world.say("d12 10:00", P, duty_assigned(moment("d42 10:00")), cause=caused(H, done))
    for stream, unit in RATED:  # row 16
        world.say("d12 10:30", stream, department_rated(unit))
        world.say("d12 10:30", stream, whistle_rated(unit))


def resolve_and_close(world: World) -> None:
    over = world.say("d12 11:00", W, resolved()).version  # row 17
    world.say("d12 11:00", R, follow_up_opened(), cause=caused(W, over))
    answer = world.say("d12 18:00", R, follow_up_recorded(), request_closed()).version
    world.say("d12 18:00", W, order_closed(), cause=caused(R, answer))


def night_market() -> World:
    world = World()
    raise_and_take_over(world)
    whistle_and_report_in(world)
    conclude_and_rate(world)
    resolve_and_close(world)
    return world


def test_the_clocks_of_the_night_market_are_armed_and_ended_as_the_walk_says() -> None:
    world = night_market()
    assert world.story(C, "a") == NIGHT_MARKET
    assert world.story(CH, "b") == WHISTLED


def test_nothing_of_the_night_market_is_an_orphan_or_rings_for_anybody() -> None:
    world = night_market()
    world.run_until("d12 23:00")
    assert world.documents.find("rings", {"units": TOWN}) == []
    assert world.documents.find("watched_requests", {"unwatched": True}) == []


def test_the_walk_s_clocks_have_the_ladders_and_the_charged_units_of_its_table() -> None:
    world = night_market()
    armed = only(DeadlineArmed, world.events(C)) + only(DeadlineArmed, world.events(CH))
    command = (CENTRE, DEPUTY, LEADER)
    terms = {each.kind: (each.charged_to, each.ladder, each.subject) for each in reversed(armed)}
    assert terms == {
        "forward": ("intake-desk", (CENTRE,), R),
        "dispatch": ("platform", (CENTRE,), W),
        "promised": (None, (), R),
        "acknowledge": (VILLAGE, (TOWN, *command), W),
        "contact": (VILLAGE, (TOWN, *command), W),
        "resolution": (VILLAGE, (TOWN, *command), W),
        "raise_answer": (TOWN, command, A),
        "follow_up": (None, (), R),
        "approval": (TOWN, (TOWN, *command), H),
        "conclusion": (TOWN, command, H),
        "report_in": (VILLAGE, (TOWN, *command), D[0]),
        "rating_town": (TOWN, (CENTRE,), D[1]),
        "rating_unit": ("dept-emergency", (CENTRE,), D[1]),
    }
    assert armed[7].charged_to == TOWN
    assert {each.ladder for each in armed if each.charged_to == "dept-market"} >= {command}


def test_every_reaction_names_its_cause_and_the_event_that_met_the_clock() -> None:
    world = night_market()
    causes = [commit.cause for commit in world.commits(C)]
    assert causes[:7] == [
        caused(R, 1), caused(W, 1), caused(W, 2), caused(W, 3), caused(W, 4), caused(A, 2),
        caused(W, 5),
    ]  # fmt: skip
    assert causes[7] is None  # the timer's reminder
    met = only(DeadlineMet, world.events(C))
    assert met[0].met_by == f"{R}@1.1"
    assert met[1].met_by == f"{W}@1.0"


def test_the_patrol_s_slots_follow_each_other_without_drift_until_the_last_one() -> None:
    world = World("d12 10:00")
    world.say("d12 10:00", P, duty_assigned(moment("d15 10:00")))
    world.say("d12 20:13", P, checked_in(1))
    world.say("d14 09:59", P, checked_in(2))
    world.say("d14 20:00", P, checked_in(3), duty_ended(3, 0))
    assert world.story(CP, "s") == [
        "armed s1 check_in d13 10:00",
        "met s1, armed s2 check_in d14 10:00",
        "met s2, armed s3 check_in d15 10:00",
        "met s3, stopped",
    ]
