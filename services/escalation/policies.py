"""What escalation does, save clocks, because of what dispatch, a department or a clock recorded.

Pure: the target follows from the event alone. Clocks have policies of their own.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed, DeadlineReminded
from services.common.contracts.events.dispatch import (
    WorkOrderClosed,
    WorkOrderHandedOver,
    WorkOrderRaised,
)
from services.common.contracts.events.escalation import (
    CallToMake,
    DepartmentReportedIn,
    UnitsReleased,
    WhistleApproved,
    WhistleBlown,
    WhistleConcluded,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import (
    call_stream,
    category_of,
    duty_stream,
    id_of,
    raise_stream,
    whistle_stream,
)
from services.common.eventlog.reacting import NOTHING_TO_DO, Ask, Policy
from services.escalation.domain.call_commands import (
    CallDepartment,
    EndCall,
    MarkOverdue,
    OpenRating,
    ReleaseDepartment,
    RemindDepartment,
)
from services.escalation.domain.duty import AssignDuty, MissSlot
from services.escalation.domain.raising import OpenRaise, VoidRaise
from services.escalation.domain.whistle_commands import DropOrder, JoinUnit, MarkUnapproved

#: Dispatch's commands (by name, as `ReactionRefused` says it) whose refusal ends something here.
HAND_OVER: Final = "HandOver"
WHISTLE_ORDER: Final = "WhistleOrder"

# -- raises ----------------------------------------------------------------------------------------


def when_work_order_raised(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Ask the town."""
    event: WorkOrderRaised = fact.event
    command = OpenRaise(id_of(fact.stream), event.request_id, event.from_unit, event.to_unit)
    yield Ask(raise_stream(event.raise_id), command)


def when_work_order_closed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Nobody needs an answer any more."""
    event: WorkOrderClosed = fact.event
    if event.raise_id is not None:
        yield Ask(raise_stream(event.raise_id), VoidRaise("order_closed"))


def when_work_order_handed_over(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """The order went another way than by the raise."""
    event: WorkOrderHandedOver = fact.event
    if event.raise_id is not None and event.why != "raise":
        yield Ask(raise_stream(event.raise_id), VoidRaise("handed_over"))


def when_reaction_refused(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Dispatch would not hand the order over, or would not have it whistled."""
    event: ReactionRefused = fact.event
    if category_of(fact.stream) != "workOrder" or event.subject_id is None:
        return
    if event.reason == NOTHING_TO_DO:
        return
    if event.command == HAND_OVER:
        yield Ask(raise_stream(event.subject_id), VoidRaise(event.reason))
    if event.command == WHISTLE_ORDER:
        command = DropOrder(id_of(fact.stream), event.reason)
        yield Ask(whistle_stream(event.subject_id), command)


# -- whistles and calls ----------------------------------------------------------------------------


def when_whistle_blown(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """An emergency calls at once."""
    event: WhistleBlown = fact.event
    return _calls(fact, event.call_now)


def when_whistle_approved(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Call everybody whom the whistle names."""
    event: WhistleApproved = fact.event
    return _calls(fact, event.call_now)


def _calls(fact: Fact, call_now: Iterable[CallToMake]) -> Iterable[Ask]:
    for each in call_now:
        command = CallDepartment(
            whistle_id=id_of(fact.stream),
            town=each.town,
            unit=each.unit,
            lead=each.lead,
            via=each.via,
            kind=each.kind,
            place_code=each.place_code,
            category=each.category,
            summary_ref=each.summary_ref,
            meeting_at=each.meeting_at,
        )
        yield Ask(call_stream(each.call_id), command)


def when_department_reported_in(fact: Fact, chart: Chart) -> Iterable[Ask]:
    """Who comes for the first time joins the whistle."""
    event: DepartmentReportedIn = fact.event
    if event.first:
        command = JoinUnit(
            unit=event.unit,
            lead=event.lead,
            quorum_numerator=chart.policy("quorum_support_numerator"),
            quorum_denominator=chart.policy("quorum_support_denominator"),
        )
        yield Ask(whistle_stream(event.whistle_id), command)


def when_units_released(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Let each of them go."""
    event: UnitsReleased = fact.event
    for each in event.call_ids:
        yield Ask(call_stream(each), ReleaseDepartment())


def when_whistle_concluded(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """End what is open, ask both sides to rate, give out the standing duties."""
    event: WhistleConcluded = fact.event
    yield from _end_calls(event.open_calls)
    for each in event.to_rate:
        yield Ask(call_stream(each), OpenRating(event.outcome))
    for duty in event.duties:
        command = AssignDuty(
            whistle_id=id_of(fact.stream),
            unit=duty.unit,
            what_ref=duty.what_ref,
            every_seconds=duty.every_seconds,
            until_at=duty.until_at,
        )
        yield Ask(duty_stream(duty.duty_id), command)


def when_whistle_rejected(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Nobody need come."""
    event: WhistleRejected = fact.event
    return _end_calls(event.open_calls)


def when_whistle_withdrawn(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Nobody need come."""
    event: WhistleWithdrawn = fact.event
    return _end_calls(event.open_calls)


def _end_calls(call_ids: Iterable[str]) -> Iterable[Ask]:
    for each in call_ids:
        yield Ask(call_stream(each), EndCall())


# -- clocks ----------------------------------------------------------------------------------------


def when_deadline_reminded(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Remind the called unit."""
    event: DeadlineReminded = fact.event
    if event.kind == "report_in":
        yield Ask(event.subject, RemindDepartment(event.arming))


def when_deadline_missed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """A called unit is overdue, an approval is missing, a slot of a duty has passed."""
    event: DeadlineMissed = fact.event
    if event.kind == "report_in":
        command = MarkOverdue(event.arming, event.step, event.late_by_seconds)
        yield Ask(event.subject, command)
    if event.kind == "approval" and event.step == 0:
        yield Ask(event.subject, MarkUnapproved(event.late_by_seconds))
    if event.kind == "check_in" and event.step == 0:
        yield Ask(event.subject, MissSlot(event.due_at))


POLICIES: Final[Mapping[type, tuple[Policy, ...]]] = {
    WorkOrderRaised: (when_work_order_raised,),
    WorkOrderClosed: (when_work_order_closed,),
    WorkOrderHandedOver: (when_work_order_handed_over,),
    ReactionRefused: (when_reaction_refused,),
    WhistleBlown: (when_whistle_blown,),
    WhistleApproved: (when_whistle_approved,),
    DepartmentReportedIn: (when_department_reported_in,),
    UnitsReleased: (when_units_released,),
    WhistleConcluded: (when_whistle_concluded,),
    WhistleRejected: (when_whistle_rejected,),
    WhistleWithdrawn: (when_whistle_withdrawn,),
    DeadlineReminded: (when_deadline_reminded,),
    DeadlineMissed: (when_deadline_missed,),
}
