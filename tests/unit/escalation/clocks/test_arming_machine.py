"""Every cell of the table of one arming of a clock, given, when, then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.common.errors import Refused
from services.escalation.clocks.clock import Clocks, evolved
from services.escalation.clocks.commands import (
    ArmDeadline,
    ByTimeClass,
    ClockCommand,
    LiftDeadlines,
    MeetDeadline,
    MissDeadline,
    RemindDeadline,
    StopClocks,
    Until,
    Within,
)
from services.escalation.clocks.errors import (
    ClocksAreStopped,
    DeadlineNotArmed,
    DeadlineNotDue,
    TimeClassUnknown,
)
from services.escalation.clocks.rules import decide, seconds_late
from tests.support.examples import noted
from tests.support.examples_clocks import line, moment

DAY = 86_400
NOON = "d1 12:00"
DUE = "d2 12:00"
HALF = "d2 00:00"
LADDER = ("town", "centre")


def arm(kind: str = "acknowledge", **changed: Any) -> ArmDeadline:
    terms: dict[str, Any] = {
        "kind": kind,
        "subject": "workOrder-1",
        "starts_at": moment(NOON),
        "limit": Within(DAY),
        "ladder": LADDER,
        "step_seconds": 14_400,
        "charged_to": "village",
        **changed,
    }
    return ArmDeadline(**terms)


def meet(at: str, kind: str = "acknowledge", **changed: Any) -> MeetDeadline:
    terms = {"kind": kind, "subject": "workOrder-1", "met_by": "e-1", "met_at": moment(at)}
    return MeetDeadline(**{**terms, **changed})


def lift(*kinds: Any, **changed: Any) -> LiftDeadlines:
    return LiftDeadlines(kinds or ("acknowledge",), "handed_over", **changed)


Step = tuple[str, ClockCommand]
ARMED: tuple[Step, ...] = ((NOON, arm()),)
REMINDED: tuple[Step, ...] = (*ARMED, (HALF, RemindDeadline(1)))
MISSED: tuple[Step, ...] = (*ARMED, (DUE, MissDeadline(1, 0)))
TWICE: tuple[Step, ...] = (*MISSED, ("d2 16:00", MissDeadline(1, 1)))
ENDED: tuple[Step, ...] = (*ARMED, ("d1 13:00", meet("d1 13:00")))
BARE: tuple[Step, ...] = ((NOON, arm("promised", ladder=(), limit=Until(moment(DUE)))),)


def given(*steps: Step) -> Clocks:
    state = Clocks()
    for told, command in steps:
        at = moment(told)
        state = evolved(state, decide(state, command, at), at)
    return state


def when(steps: Sequence[Step], told: str, command: ClockCommand) -> list[str]:
    return [line(each, "#") for each in decide(given(*steps), command, moment(told))]


@pytest.mark.parametrize(
    ("steps", "at", "command", "events"),
    [
        # armed
        (ARMED, HALF, RemindDeadline(1), ["reminded #1"]),
        (REMINDED, "d2 01:00", RemindDeadline(1), []),
        (ARMED, DUE, RemindDeadline(1), []),
        (ARMED, DUE, MissDeadline(1, 0), ["missed #1 step 0", "escalated 1 town d2 16:00"]),
        (BARE, DUE, MissDeadline(1, 0), ["missed #1 step 0"]),
        (ARMED, DUE, meet(DUE), ["met #1"]),
        (ARMED, "d3 00:00", meet("d2 12:00:01"), ["met #1 late 1"]),
        (ARMED, HALF, lift(), ["lifted #1"]),
        (ARMED, "d3 00:00", meet("d1 23:00"), ["met #1"]),
        # missed, step k
        (MISSED, "d2 13:00", RemindDeadline(1), []),
        (
            MISSED,
            "d2 16:00",
            MissDeadline(1, 1),
            ["missed #1 step 1", "escalated 2 centre d2 20:00"],
        ),
        (
            TWICE,
            "d2 20:00",
            MissDeadline(1, 2),
            ["missed #1 step 2", "escalated 3 centre d3 00:00"],
        ),
        (MISSED, "d2 13:00", MissDeadline(1, 0), []),
        (MISSED, "d2 13:00", meet("d2 13:00"), ["met #1 late 3600"]),
        (TWICE, "d2 21:00", meet("d2 21:00"), ["met #1 late 32400"]),
        (MISSED, "d2 13:00", meet(DUE), ["withdrawn #1"]),
        (TWICE, "d2 21:00", meet("d1 18:00"), ["withdrawn #1"]),
        (TWICE, "d2 21:00", lift(), ["lifted #1"]),
        # ended
        (ENDED, HALF, RemindDeadline(1), []),
        (ENDED, DUE, MissDeadline(1, 0), []),
        (ENDED, DUE, lift(), []),
        # the end of all
        (ARMED, HALF, StopClocks(), ["stopped"]),
        (ENDED, HALF, StopClocks(), ["stopped"]),
        ((*ARMED, (HALF, StopClocks())), HALF, StopClocks(), []),
        ((*ARMED, (HALF, StopClocks())), DUE, MissDeadline(1, 0), []),
    ],
)
def test_a_step_of_an_arming_leads_where_the_table_says(
    steps: Sequence[Step], at: str, command: ClockCommand, events: list[str]
) -> None:
    assert when(steps, at, command) == events


@pytest.mark.parametrize(
    ("steps", "at", "command", "refusal"),
    [
        ((), NOON, meet(NOON), DeadlineNotArmed),
        ((), NOON, MissDeadline(1, 0), DeadlineNotArmed),
        ((), NOON, RemindDeadline(1), DeadlineNotArmed),
        (ARMED, NOON, meet(NOON, "contact"), DeadlineNotArmed),
        (ARMED, NOON, meet(NOON, subject="workOrder-2"), DeadlineNotArmed),
        (ENDED, "d1 14:00", meet("d1 14:00"), DeadlineNotArmed),
        ((*ARMED, (DUE, lift())), DUE, meet(NOON), DeadlineNotArmed),
        ((*BARE, (DUE, MissDeadline(1, 0))), DUE, meet(NOON, "promised"), DeadlineNotArmed),
        (ARMED, "d1 23:59", RemindDeadline(1), DeadlineNotDue),
        (ARMED, "d2 11:59", MissDeadline(1, 0), DeadlineNotDue),
        (MISSED, "d2 15:59", MissDeadline(1, 1), DeadlineNotDue),
        (((NOON, StopClocks()),), NOON, arm(), ClocksAreStopped),
        ((), NOON, arm("resolution", limit=ByTimeClass({"urgent": 7200})), TimeClassUnknown),
    ],
)
def test_a_step_that_the_table_has_not_is_refused(
    steps: Sequence[Step], at: str, command: ClockCommand, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal) as caught:
        decide(given(*steps), command, moment(at))
    assert caught.value.detail_en
    assert caught.value.detail_zh


def test_a_step_s_limit_starts_when_the_miss_before_it_is_recorded() -> None:
    away = when(ARMED, "d3 09:30", MissDeadline(1, 0))
    assert away == ["missed #1 step 0 late 77400", "escalated 1 town d3 13:30"]


def test_a_second_too_late_is_late_however_small_the_part_of_it() -> None:
    due = moment(DUE)
    tiny = timedelta(microseconds=1)
    assert [seconds_late(due + each, due) for each in (-tiny, 0 * tiny, tiny)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("steps", "met_at", "told"),
    [
        (MISSED, DUE, "withdrawn #1"),
        (MISSED, "d2 12:00:01", "met #1 late 1"),
        (ARMED, DUE, "met #1"),
        (ARMED, "d2 12:00:01", "met #1 late 1"),
    ],
)
def test_only_a_miss_is_withdrawn_and_only_by_what_was_recorded_in_time(
    steps: Sequence[Step], met_at: str, told: str
) -> None:
    assert when(steps, "d2 13:00", meet(met_at)) == [told]


def test_what_runs_already_is_not_armed_again_so_an_edit_never_restarts_a_clock() -> None:
    assert when(ARMED, "d1 20:00", arm(starts_at=moment("d1 20:00"))) == []


def test_contact_is_not_armed_again_once_the_reporter_was_spoken_to_in_this_round() -> None:
    spoken: tuple[Step, ...] = ((NOON, arm("contact")), (NOON, meet(NOON, "contact")))
    assert when(spoken, NOON, arm("contact")) == []
    anew: tuple[Step, ...] = (*spoken, (NOON, arm("acknowledge")))
    assert when(anew, NOON, arm("contact")) == ["armed #3 contact d2 12:00"]


def test_a_limit_by_time_class_uses_the_class_that_the_stream_remembers() -> None:
    limit = ByTimeClass({"urgent": 7200, "complex": 15 * DAY})
    known: tuple[Step, ...] = ((NOON, arm("dispatch", time_class="urgent")),)
    assert when(known, NOON, arm("resolution", limit=limit)) == ["armed #2 resolution d1 14:00"]


def test_a_promise_that_has_passed_when_it_is_armed_is_due_at_once_and_never_in_less() -> None:
    (armed,) = decide(Clocks(), arm("promised", limit=Until(moment("d1 11:00"))), moment(NOON))
    assert (armed.due_at, armed.limit_seconds) == (moment(NOON), 0)


def test_a_reminder_comes_at_half_time_but_never_for_a_promise_or_a_slot() -> None:
    for kind, expected in (("acknowledge", moment(HALF)), ("promised", None), ("check_in", None)):
        (armed,) = decide(Clocks(), arm(kind), moment(NOON))
        assert armed.remind_at == expected


def test_a_missed_promise_is_charged_to_who_holds_the_order_when_it_fires() -> None:
    handed: tuple[Step, ...] = (
        *BARE,
        (NOON, arm("resolution", charged_to="village", limit=Within(30 * DAY))),
        (NOON, lift("resolution")),
        (NOON, arm("resolution", charged_to="town", limit=Within(30 * DAY))),
    )
    (missed,) = decide(given(*handed), MissDeadline(1, 0), moment(DUE))
    assert missed.charged_to == "town"


@pytest.mark.parametrize("kind", ["rating_town", "rating_unit"])
def test_a_rating_rings_once_at_the_superior_and_ends(kind: str) -> None:
    rated: tuple[Step, ...] = ((NOON, arm(kind, ladder=("town",))),)
    assert when(rated, DUE, MissDeadline(1, 0)) == [
        "missed #1 step 0",
        "escalated 1 town d2 16:00",
    ]
    state = given(*rated, (DUE, MissDeadline(1, 0)))
    assert not state.open
    assert decide(state, MissDeadline(1, 1), moment("d2 16:00")) == []


def test_lifting_takes_only_the_kinds_and_the_subject_that_it_names() -> None:
    calls: tuple[Step, ...] = tuple(
        (NOON, arm("report_in", subject=subject)) for subject in ("call-1", "call-2")
    )
    assert when(calls, HALF, lift("report_in", subject="call-2")) == ["lifted #2"]
    assert when(calls, HALF, lift("approval", subject="call-2")) == []
    assert when(calls, HALF, lift("report_in")) == ["lifted #1", "lifted #2"]


# -- slots -----------------------------------------------------------------------------------------


def slots(until: str) -> tuple[Step, ...]:
    return ((NOON, arm("check_in", ladder=("town",), repeats_until=moment(until))),)


def test_a_slot_missed_rings_once_and_arms_the_next_from_due_to_due() -> None:
    assert when(slots("d9 12:00"), "d2 15:00", MissDeadline(1, 0)) == [
        "missed #1 step 0 late 10800",
        "escalated 1 town d2 19:00",
        "armed #2 check_in d3 12:00",
    ]


def test_a_slot_begins_where_the_one_before_it_ended() -> None:
    (_, _, following) = decide(given(*slots("d9 12:00")), MissDeadline(1, 0), moment("d2 15:00"))
    assert (following.starts_at, following.limit_seconds) == (moment(DUE), DAY)


def test_the_last_slot_arms_no_other() -> None:
    assert when(slots("d3 11:59"), DUE, meet(DUE, "check_in", slot=1)) == ["met #1"]
    assert when(slots("d3 12:00"), DUE, meet(DUE, "check_in", slot=1))[1:] == [
        "armed #2 check_in d3 12:00"
    ]


def test_a_check_in_after_slots_that_nobody_kept_misses_them_first() -> None:
    assert when(slots("d9 12:00"), "d4 09:00", meet("d4 09:00", "check_in", slot=3)) == [
        "missed #1 step 0 late 162000",
        "escalated 1 town d4 13:00",
        "armed #2 check_in d3 12:00",
        "missed #2 step 0 late 75600",
        "escalated 1 town d4 13:00",
        "armed #3 check_in d4 12:00",
        "met #3",
        "armed #4 check_in d5 12:00",
    ]


def test_a_check_in_for_a_slot_that_is_over_is_refused() -> None:
    with pytest.raises(DeadlineNotArmed):
        decide(
            given(*slots("d9 12:00"), (DUE, MissDeadline(1, 0))),
            meet(DUE, "check_in", slot=1),
            moment("d2 13:00"),
        )


def test_a_check_in_for_a_slot_still_to_come_is_refused() -> None:
    with pytest.raises(DeadlineNotArmed):
        decide(given(*slots("d9 12:00")), meet(NOON, "check_in", slot=2), moment(NOON))


# -- the end of a whistle --------------------------------------------------------------------------


def over(at: str, *calls: str) -> Step:
    return at, meet(at, "conclusion", subject="whistle-1", stops_after=calls)


CONCLUDING: tuple[Step, ...] = ((NOON, arm("conclusion", subject="whistle-1")),)


def rating(kind: str, call: str) -> ArmDeadline:
    return arm(kind, subject=call, ladder=("town",))


def test_a_whistle_with_nobody_to_rate_stops_its_clocks_when_it_is_concluded() -> None:
    waiting: tuple[Step, ...] = (*CONCLUDING, (NOON, arm("report_in", subject="call-9")))
    (met, stopped) = decide(given(*waiting), over("d1 13:00")[1], moment("d1 13:00"))
    assert line(met) == "met a1"
    assert stopped.lifted == (2,)


def test_the_last_rating_of_a_whistle_stops_its_clocks_whether_given_or_missed() -> None:
    steps: list[Step] = [*CONCLUDING, over("d1 13:00", "call-1", "call-2")]
    for call in ("call-1", "call-2"):
        for kind in ("rating_town", "rating_unit"):
            assert not given(*steps).stopped
            steps.append((NOON, rating(kind, call)))
    for number in (2, 3, 4):
        steps.append((DUE, MissDeadline(number, 0)))
        assert not given(*steps).stopped
    last = meet("d2 10:00", "rating_unit", subject="call-2")
    assert when(steps, DUE, last) == ["met #5", "stopped"]
    assert when(steps, DUE, MissDeadline(5, 0))[2:] == ["stopped"]


def test_ratings_end_nothing_before_the_whistle_is_over() -> None:
    steps: tuple[Step, ...] = (*CONCLUDING, (NOON, rating("rating_town", "call-1")))
    assert when(steps, NOON, meet(NOON, "rating_town", subject="call-1")) == ["met #2"]


def test_a_conclusion_withdrawn_from_a_miss_still_waits_for_the_ratings() -> None:
    state = given(*CONCLUDING, (DUE, MissDeadline(1, 0)), over("d2 13:00", "call-1"))
    assert state.stops_after == ("call-1",)
    in_time = meet("d2 11:00", "conclusion", subject="whistle-1", stops_after=())
    missed: tuple[Step, ...] = (*CONCLUDING, (DUE, MissDeadline(1, 0)))
    assert when(missed, "d2 13:00", in_time) == ["withdrawn #1", "stopped"]


def test_an_event_of_another_kind_moves_no_clock() -> None:
    state = given(*ARMED)
    assert evolved(state, [noted()], moment(DUE)) == state


def test_deciding_changes_nothing_by_itself() -> None:
    state = given(*ARMED)
    at: datetime = moment(DUE)
    assert decide(state, MissDeadline(1, 0), at) == decide(state, MissDeadline(1, 0), at)
    assert state == given(*ARMED)
