"""Rows of the tables of clocks that the night market doesn't pass: facts, the clock's lines."""

import pytest

from services.common.contracts.event_types import REGISTER
from services.common.contracts.events.clocks import ClocksStopped, DeadlineArmed, DeadlineLifted
from services.common.contracts.events.intake import FollowUpLapsed
from services.common.contracts.streams import call_id
from services.common.contracts.vocabulary import FollowUpReason, HandOverWhy
from services.escalation.clocks.commands import MeetDeadline
from services.escalation.clocks.reactions import REACTIONS
from services.escalation.clocks.reactions_to_requests import (
    when_follow_up_opened,
    when_request_received,
)
from services.escalation.clocks.reactions_to_whistles import when_department_called
from tests.support import examples_clock_facts as f
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
    dispatched_order,
)
from tests.support.examples_clocks import (
    CENTRE,
    DEPUTY,
    LEADER,
    TOWN,
    VILLAGE,
    World,
    chart,
    events_of,
    fact,
    moment,
)

ANOTHER = "dept-housing"


def last(world: World, stream: str = C) -> str:
    return world.story(stream)[-1]


# -- requests --------------------------------------------------------------------------------------


def test_a_request_forwarded_later_has_the_desk_s_clock_until_then() -> None:
    world = World()
    world.say("d1 09:00", R, f.received())
    world.say("d1 10:00", R, f.forwarded())
    assert world.story(C) == [
        "armed a1 forward d1 11:00",
        "met a1, armed a2 dispatch d1 10:10, armed a3 promised d16 09:22",
    ]


@pytest.mark.parametrize("place", [None, "999999999999"])
def test_a_request_without_a_known_place_escalates_to_the_home_command_centre(
    place: str | None,
) -> None:
    (ask,) = when_request_received(fact(R, f.received(place), moment("d1 09:00")), chart())
    assert ask.command.ladder == (CENTRE,)


def test_an_unknown_unit_escalates_too() -> None:
    event = f.called("dept-of-nobody")
    (ask,) = when_department_called(fact(D[0], event, moment("d1 09:00")), chart())
    assert ask.command.ladder == (CENTRE,)


def test_who_stands_at_the_top_rings_for_himself() -> None:
    event = f.called(LEADER)
    (ask,) = when_department_called(fact(D[0], event, moment("d1 09:00")), chart())
    assert ask.command.ladder == (LEADER,)


def test_each_try_gives_the_follow_up_another_day_and_the_last_one_none() -> None:
    world = dispatched_order()
    world.say("d2 09:00", R, f.follow_up_opened())
    world.say("d2 10:00", R, f.follow_up_tried(1))
    assert last(world) == "lifted a6, armed a7 follow_up d3 10:00"
    world.run_until("d3 10:00")
    world.say("d3 10:00", R, f.follow_up_tried(2))
    assert last(world) == "armed a8 follow_up d4 10:00"
    world.say("d3 12:00", R, f.follow_up_tried(3), f.request_closed())
    assert last(world) == "lifted a8"


def test_a_round_that_lapses_leaves_the_order_s_own_clocks_running() -> None:
    world = dispatched_order()
    world.say("d2 09:00", R, f.follow_up_opened(1, "promised_date_passed", 0))
    world.say("d2 10:00", R, f.follow_up_tried(3), FollowUpLapsed(round=1))
    assert last(world) == "lifted a6"
    assert world.timer.next_due() is not None


def test_a_second_round_asks_anew_and_leaves_the_promise_alone() -> None:
    world = dispatched_order()
    world.say("d2 09:00", R, f.follow_up_opened(1, "promised_date_passed", 0))
    world.say("d2 10:00", R, f.follow_up_opened(2, "resolved", 1))
    assert world.story(C)[2:] == [
        "armed a6 follow_up d3 09:00",
        "lifted a6, armed a7 follow_up d3 10:00",
    ]


@pytest.mark.parametrize(
    ("number", "reason", "kept"),
    [(1, "resolved", True), (1, "promised_date_passed", False), (2, "resolved", False)],
)
def test_a_promise_is_kept_only_by_a_first_round_that_was_opened_as_the_order_was_resolved(
    number: int, reason: FollowUpReason, kept: bool
) -> None:
    opened = fact(R, f.follow_up_opened(number, reason), moment("d2 09:00"))
    asked = [each.command for each in when_follow_up_opened(opened, chart())]
    met = [each.kind for each in asked if isinstance(each, MeetDeadline)]
    assert met == (["promised"] if kept else [])


def test_a_promise_that_was_missed_is_refused_and_the_reporter_is_asked_all_the_same() -> None:
    world = dispatched_order()
    world.run_until("d16 09:22")
    world.say("d16 09:30", R, f.follow_up_opened())
    assert last(world) == ("refused MeetDeadline deadline-not-armed, armed a6 follow_up d17 09:30")


# -- work orders -----------------------------------------------------------------------------------


def test_a_call_that_reached_nobody_moves_no_clock() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.acknowledged())
    before = world.story(C)
    world.say("d1 11:00", W, f.not_reached())
    assert world.story(C) == before


def test_acknowledging_again_arms_no_second_contact_clock() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.acknowledged())
    world.say("d1 11:00", W, f.acknowledged())
    assert last(world) == "refused MeetDeadline deadline-not-armed"


@pytest.mark.parametrize(
    ("time_class", "lines"),
    [
        ("urgent", "armed a4 acknowledge d1 09:27, armed a5 resolution d1 11:12"),
        ("utility", "armed a4 acknowledge d1 11:12, armed a5 resolution d2 09:12"),
        ("general", "armed a4 acknowledge d2 09:12, armed a5 resolution d8 09:12"),
    ],
)
def test_limits_follow_the_time_class_of_the_request(time_class: str, lines: str) -> None:
    world = World()
    world.say("d1 09:12", R, f.received(), f.forwarded(time_class=time_class))  # type: ignore[arg-type]
    world.say("d1 09:12", W, f.dispatched())
    assert last(world) == f"met a2, {lines}"


def test_a_transfer_accepted_meets_its_clock_and_gives_the_next_holder_its_own() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.acknowledged())
    world.say("d1 11:00", W, f.transfer_proposed(ANOTHER))
    assert last(world) == "armed a7 transfer_answer d1 15:00"
    world.say("d1 12:00", W, f.handed_over("transfer", ANOTHER))
    assert last(world) == (
        "met a7, lifted a5, lifted a6, armed a8 contact d2 12:00, armed a9 resolution d16 12:00"
    )


def test_a_transfer_declined_meets_its_clock_and_the_holder_s_go_on() -> None:
    world = dispatched_order()
    world.say("d1 11:00", W, f.transfer_proposed(ANOTHER))
    world.say("d1 12:00", W, f.transfer_declined(ANOTHER))
    assert last(world) == "met a6"


def test_a_transfer_that_nobody_answered_is_moot_once_a_superior_takes_over() -> None:
    world = dispatched_order()
    world.say("d1 11:00", W, f.transfer_proposed(ANOTHER))
    world.say("d1 12:00", W, f.handed_over("take_over"))
    lifted = events_of(DeadlineLifted, world.events(C))
    assert [each.kind for each in lifted] == ["acknowledge", "resolution", "transfer_answer"]


@pytest.mark.parametrize("why", ["raise", "transfer", "take_over"])
def test_who_was_spoken_to_need_not_be_spoken_to_again_after_a_hand_over(why: HandOverWhy) -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.acknowledged())
    world.say("d1 11:00", W, f.spoken())
    world.say("d1 12:00", W, f.handed_over(why))
    assert last(world).endswith("lifted a5, armed a7 resolution d16 12:00")


def test_a_raise_advised_back_has_met_its_clock_and_a_void_one_is_lifted() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.raised())
    world.say("d1 10:00", A, f.raise_received())
    world.say("d1 11:00", A, f.advised_back())
    assert last(world) == "met a6"
    other = dispatched_order()
    other.say("d1 10:00", W, f.raised())
    other.say("d1 10:00", A, f.raise_received())
    other.say("d1 11:00", A, f.raise_voided())
    assert last(other) == "lifted a6"


def test_reopening_is_a_new_round_with_acknowledgement_contact_and_resolution() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.acknowledged())
    world.say("d1 10:30", W, f.spoken())
    world.say("d2 10:00", W, f.resolved())
    world.say("d3 10:00", W, f.reopened())
    assert last(world) == "armed a7 acknowledge d4 10:00, armed a8 resolution d18 10:00"
    assert events_of(DeadlineArmed, world.events(C))[-1].charged_to == TOWN
    world.say("d3 11:00", W, f.acknowledged(TOWN))
    assert last(world) == "met a7, armed a9 contact d4 11:00"


def test_nothing_is_armed_once_the_order_is_closed() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.order_closed())
    assert events_of(ClocksStopped, world.events(C))[0].lifted == (3, 4, 5)
    world.say("d1 11:00", W, f.raised())
    assert last(world) == "refused ArmDeadline clocks-stopped"
    assert world.timer.next_due() is None


# -- whistles and calls ----------------------------------------------------------------------------


def test_an_emergency_is_under_way_before_it_is_approved() -> None:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown("emergency"))
    world.say("d2 15:00", D[1], f.called(CALLED[1], "emergency"))
    world.say("d2 16:00", H, f.approved(calls=False))
    assert world.story(CH, "b") == [
        "armed b1 approval d2 17:00, armed b2 conclusion d12 15:00",
        "armed b3 report_in d2 15:30",
        "met b1",
    ]


def test_a_missed_approval_rings_the_town_s_deputy_first() -> None:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown())
    world.run_until("d2 23:00")
    assert world.story(CH, "b")[-2:] == [
        f"missed b1 step 0, escalated 1 {TOWN} d2 23:00",
        f"missed b1 step 1, escalated 2 {CENTRE} d3 03:00",
    ]


@pytest.mark.parametrize("end", [f.rejected(), f.withdrawn()])
def test_a_whistle_that_comes_to_nothing_stops_its_clocks(end: object) -> None:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown("emergency"))
    world.say("d2 15:00", D[1], f.called(CALLED[1], "emergency"))
    world.say("d2 15:10", H, end)
    world.say("d2 15:10", D[1], f.call_withdrawn(CALLED[1]))
    assert world.story(CH, "b")[-2:] == ["stopped", "refused LiftDeadlines nothing_to_do"]


def called_out() -> World:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown())
    world.say("d2 16:10", H, f.approved())
    world.say("d2 16:10", D[3], f.called(CALLED[3]))
    return world


def test_a_refusal_puts_the_clock_on_the_town_and_insisting_puts_it_back() -> None:
    world = called_out()
    world.say("d2 17:00", D[3], f.call_refused(CALLED[3]))
    assert last(world, CH) == "lifted a3, armed a4 refusal_answer d2 21:00"
    assert world.events(CH)[-1].ladder == (CENTRE, DEPUTY, LEADER)
    world.say("d2 18:00", D[3], f.call_insisted(CALLED[3]))
    assert last(world, CH) == "met a4, armed a5 report_in d3 18:00"


def test_a_unit_let_off_has_no_clock_left() -> None:
    world = called_out()
    world.say("d2 17:00", D[3], f.call_refused(CALLED[3]))
    world.say("d2 18:00", D[3], f.call_excused(CALLED[3]))
    assert last(world, CH) == "met a4"


def test_a_unit_that_refused_and_came_after_all_frees_the_town_from_answering() -> None:
    world = called_out()
    world.say("d2 17:00", D[3], f.call_refused(CALLED[3]))
    world.say("d2 18:00", D[3], f.reported_in(CALLED[3]))
    assert last(world, CH) == "refused MeetDeadline deadline-not-armed, lifted a4"


def test_a_call_withdrawn_is_waited_for_no_more() -> None:
    world = called_out()
    world.say("d2 18:00", D[3], f.call_withdrawn(CALLED[3]))
    assert last(world, CH) == "lifted a3"


def test_an_emergency_concluded_without_approval_needs_none_any_more() -> None:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown("emergency"))
    world.say("d2 16:00", H, f.concluded(()))
    assert last(world, CH) == "lifted a1, met a2, stopped"


def test_ratings_that_nobody_gives_end_by_themselves_and_stop_the_clocks() -> None:
    world = called_out()
    world.say("d2 19:00", D[3], f.reported_in(CALLED[3]))
    world.say("d3 10:00", H, f.concluded((call_id(WHISTLE, CALLED[3]),)))
    world.say("d3 10:00", D[3], f.rating_opened(CALLED[3]))
    world.run_until("d7 00:00")
    assert world.story(CH)[-2:] == [
        f"missed a4 step 0, escalated 1 {CENTRE} d6 14:00",
        f"missed a5 step 0, escalated 1 {CENTRE} d6 14:00, stopped",
    ]
    world.say("d7 09:00", D[3], f.whistle_rated(CALLED[3]))
    assert last(world, CH) == "refused MeetDeadline deadline-not-armed"


# -- duties ----------------------------------------------------------------------------------------


def test_a_duty_whose_last_slot_was_missed_stops_its_clock() -> None:
    world = World("d12 10:00")
    world.say("d12 10:00", P, f.duty_assigned(moment("d13 10:00")))
    world.run_until("d13 10:00")
    world.say("d13 10:00", P, f.duty_ended(0, 1))
    assert world.story(CP, "s") == [
        "armed s1 check_in d13 10:00",
        f"missed s1 step 0, escalated 1 {TOWN} d13 14:00",
        "stopped",
    ]
    assert events_of(DeadlineArmed, world.events(CP))[0].charged_to == VILLAGE


def test_every_event_moves_a_clock_or_is_among_those_that_move_none() -> None:
    names = {each.__name__ for each in REACTIONS}
    of_matters = {"request", "workOrder", "raise", "whistle", "call", "duty"}
    silent = {
        "RequestClassified", "RequestReopened", "ProgressNoted", "WorkOrderWhistled",
        "WorkOrderConcluded", "WorkOrderAdvisedBack", "RaiseReceived", "CallReceived",
        "CallAccepted", "DepartmentProgressed", "DepartmentDone", "DepartmentReleased",
        "UnitJoined", "UnitsReleased", "JointActionBegun", "WhistleMarkedUnapproved",
        "WhistleOrderDropped", "DepartmentOverdue", "DepartmentReminded", "SecondPathTaken",
    }  # fmt: skip
    assert not names & silent
    known = {name for name, each in REGISTER.items() if each.category in of_matters}
    assert names | silent == known
