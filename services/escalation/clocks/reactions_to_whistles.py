"""Clocks of a whistle with its calls (CH) and of a standing duty (CP): events of escalation."""

from collections.abc import Iterator
from dataclasses import replace

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.escalation import (
    CallInsisted,
    CallRefused,
    DepartmentCalled,
    DepartmentReportedIn,
    DutyCheckedIn,
    RatingOpened,
    StandingDutyAssigned,
    WhistleApproved,
    WhistleBlown,
    WhistleConcluded,
)
from services.common.contracts.streams import call_stream, clock_stream, id_of
from services.common.contracts.vocabulary import ClockKind, WhistleKind
from services.common.following.reacting import Ask
from services.escalation.calls.call import report_in_seconds
from services.escalation.clocks.commands import (
    ArmDeadline,
    ClockCommand,
    LiftDeadlines,
    MeetDeadline,
    StopClocks,
    Within,
)
from services.escalation.clocks.terms import above, armed, asks, met, within

# -- the whistle itself ------------------------------------------------------------------------


def when_whistle_blown(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The leader has to approve: the deputy is rung first. An emergency is under way already."""
    event: WhistleBlown = fact.event
    approval = armed(
        fact,
        chart,
        "approval",
        subject=fact.stream,
        limit=within(chart, "approval", event.kind),
        # leader and deputy sit in the same unit: the first step rings the town's own deputy
        ladder=(event.town, *above(chart, event.town)),
        charged_to=event.town,
    )
    started = [_conclusion(fact, chart, event.town)] if event.call_now else []
    return _of_whistle(fact, approval, *started)


def when_whistle_approved(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The calls leave now, so the joint action is to be concluded; an emergency's left before."""
    event: WhistleApproved = fact.event
    started = [_conclusion(fact, chart, each.town) for each in event.call_now[:1]]
    return _of_whistle(fact, met(fact, "approval"), *started)


def when_whistle_over(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Rejected or withdrawn: nothing is waited for any more."""
    return _of_whistle(fact, StopClocks())


def when_whistle_concluded(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The clocks stop when the last rating has ended; late approval is moot."""
    event: WhistleConcluded = fact.event
    concluded = MeetDeadline(
        kind="conclusion",
        subject=fact.stream,
        met_by=fact.id,
        met_at=fact.recorded_at,
        stops_after=tuple(call_stream(each) for each in event.to_rate),
    )
    return _of_whistle(fact, LiftDeadlines(("approval",), "concluded"), concluded)


# -- its calls ---------------------------------------------------------------------------------


def when_department_called(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The unit has to report in."""
    event: DepartmentCalled = fact.event
    return _of_call(fact, _report_in(fact, chart, event.unit, event.kind))


def when_call_refused(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The town has to answer: insist or excuse."""
    event: CallRefused = fact.event
    answer = armed(
        fact,
        chart,
        "refusal_answer",
        subject=fact.stream,
        limit=within(chart, "refusal_answer"),
        ladder=above(chart, event.town),
        charged_to=event.town,
    )
    return _of_call(fact, _lift(fact, "refused", "report_in"), answer)


def when_call_insisted(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The call stands: the unit has to report in, from now on."""
    event: CallInsisted = fact.event
    anew = _report_in(fact, chart, event.unit, event.kind)
    return _of_call(fact, met(fact, "refusal_answer"), anew)


def when_call_excused(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The town has answered."""
    return _of_call(fact, met(fact, "refusal_answer"))


def when_department_reported_in(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Only the first time counts. Who refused and came after all needs no answer any more.

    So a unit that is there has no clock left, and `DepartmentReleased` needs no reaction.
    """
    event: DepartmentReportedIn = fact.event
    if not event.first:
        return iter(())
    return _of_call(fact, met(fact, "report_in"), _lift(fact, "came", "refusal_answer"))


def when_call_withdrawn(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Nobody waits for the unit any more."""
    return _of_call(fact, _lift(fact, "withdrawn", "report_in", "refusal_answer"))


def when_rating_opened(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """Both sides have to rate."""
    event: RatingOpened = fact.event
    return _of_call(
        fact,
        _rating(fact, chart, "rating_town", event.town),
        _rating(fact, chart, "rating_unit", event.unit),
    )


def when_department_rated(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The town has rated."""
    return _of_call(fact, met(fact, "rating_town"))


def when_whistle_rated(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The called unit has rated."""
    return _of_call(fact, met(fact, "rating_unit"))


# -- standing duties ---------------------------------------------------------------------------


def when_standing_duty_assigned(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """Slot 1 begins; each slot, kept or missed, arms the next."""
    event: StandingDutyAssigned = fact.event
    slot = armed(
        fact,
        chart,
        "check_in",
        subject=fact.stream,
        limit=Within(event.every_seconds),
        ladder=above(chart, event.unit)[:1],
        charged_to=event.unit,
    )
    return _of_duty(fact, replace(slot, repeats_until=event.until_at))


def when_duty_checked_in(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The slot is kept."""
    event: DutyCheckedIn = fact.event
    return _of_duty(fact, met(fact, "check_in", slot=event.slot))


def when_standing_duty_ended(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The last slot is over."""
    return _of_duty(fact, StopClocks())


def _of_whistle(fact: Fact, *commands: ClockCommand) -> Iterator[Ask]:
    return asks(clock_stream(id_of(fact.stream)), *commands)


def _of_call(fact: Fact, *commands: ClockCommand) -> Iterator[Ask]:
    return asks(clock_stream(fact.event.whistle_id), *commands)


_of_duty = _of_whistle  # both have the id of their own stream


def _conclusion(fact: Fact, chart: Chart, town: str) -> ArmDeadline:
    return armed(
        fact,
        chart,
        "conclusion",
        subject=fact.stream,
        limit=within(chart, "conclusion"),
        ladder=above(chart, town),
        charged_to=town,
    )


def _report_in(fact: Fact, chart: Chart, unit: str, kind: WhistleKind) -> ArmDeadline:
    return armed(
        fact,
        chart,
        "report_in",
        subject=fact.stream,
        limit=Within(report_in_seconds(chart, kind)),
        ladder=above(chart, unit),
        charged_to=unit,
    )


def _rating(fact: Fact, chart: Chart, kind: ClockKind, unit: str) -> ArmDeadline:
    return armed(
        fact,
        chart,
        kind,
        subject=fact.stream,
        limit=within(chart, kind),
        ladder=above(chart, unit)[:1],
        charged_to=unit,
    )


def _lift(fact: Fact, reason: str, *kinds: ClockKind) -> LiftDeadlines:
    return LiftDeadlines(kinds, reason, subject=fact.stream)
