"""What dispatch does because of what intake and escalation recorded.

Pure: the target follows from the event alone; the chart is the one in force when it was recorded.
A refusal becomes `ReactionRefused` with the raise or whistle as its subject.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Assignment, Chart, UnknownCategory, UnknownUnit
from services.common.contracts.commit import Fact
from services.common.contracts.events.escalation import (
    RaiseAccepted,
    RaiseAdvisedBack,
    WhistleBlown,
    WhistleConcluded,
    WhistledOrder,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.contracts.events.intake import (
    RequestClosed,
    RequestForwarded,
    RequestReopened,
)
from services.common.contracts.streams import id_of, work_order_id, work_order_stream
from services.common.contracts.vocabulary import WorkOrderConclusion
from services.common.following.reacting import Ask, Reaction
from services.dispatch.domain.work_order_commands import (
    AdviseBack,
    CloseWorkOrder,
    ConcludeWhistle,
    DispatchWorkOrder,
    HandOver,
    ReopenWorkOrder,
    WhistleOrder,
)


def when_request_forwarded(fact: Fact, chart: Chart) -> Iterable[Ask]:
    """Dispatch the order of the request: by duty list and place, else to the command centre."""
    event: RequestForwarded = fact.event
    found = _assigned(chart, event)
    centre = chart.command_centre(chart.district_of(found.holder))
    command = DispatchWorkOrder(
        request_id=id_of(fact.stream),
        category=event.category,
        time_class=event.time_class,
        holder=found.holder,
        copied_to=(centre,),
        rule=found.rule,
        rule_inputs=found.inputs,
        fallback=found.fallback,
        promised_at=event.promised_at,
        place_code=event.place_code,
        runner_up=found.runner_up,
    )
    yield _of_request(fact, command)


def _assigned(chart: Chart, event: RequestForwarded) -> Assignment:
    """Return who gets the order. No request is left lying for a code that the chart lacks."""
    try:
        return chart.first_holder(event.category, event.place_code, event.district)
    except UnknownCategory:
        rule = "fallback-unknown-category"
    except UnknownUnit:
        rule = "fallback-unknown-district"
    inputs = {"category": event.category, "district": event.district}
    if event.place_code is not None:
        inputs["place_code"] = event.place_code
    return Assignment(chart.centre_or_home(event.district), rule, inputs, None, fallback=True)


def when_request_reopened(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Reopen what the reporter judged; with nothing resolved yet the order is open anyway."""
    event: RequestReopened = fact.event
    if event.judged_resolution > 0:
        yield _of_request(fact, ReopenWorkOrder(event.judged_resolution))


def when_request_closed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Close the order: the request's end is the only thing that does."""
    event: RequestClosed = fact.event
    yield _of_request(fact, CloseWorkOrder(event.outcome))


def when_raise_accepted(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Hand the order to the town that accepted."""
    event: RaiseAccepted = fact.event
    raised = id_of(fact.stream)
    target = work_order_stream(event.work_order_id)
    yield Ask(target, HandOver(raised, event.unit), subject_id=raised)


def when_raise_advised_back(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Leave the order with the village."""
    event: RaiseAdvisedBack = fact.event
    raised = id_of(fact.stream)
    target = work_order_stream(event.work_order_id)
    yield Ask(target, AdviseBack(raised, event.unit), subject_id=raised)


def when_whistle_blown(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Mark every order that the whistle names."""
    event: WhistleBlown = fact.event
    whistle = id_of(fact.stream)
    command = WhistleOrder(whistle, event.kind, event.town)
    for each in event.work_orders:
        yield Ask(work_order_stream(each.work_order_id), command, subject_id=whistle)


def when_whistle_concluded(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Free every order of the whistle."""
    event: WhistleConcluded = fact.event
    return _conclude(fact, event.work_orders, event.outcome)


def when_whistle_rejected(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Free every order of a whistle that the leader did not approve."""
    event: WhistleRejected = fact.event
    return _conclude(fact, event.work_orders, "rejected")


def when_whistle_withdrawn(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Free every order of a whistle that was called off."""
    event: WhistleWithdrawn = fact.event
    return _conclude(fact, event.work_orders, "withdrawn")


def _conclude(
    fact: Fact, orders: Iterable[WhistledOrder], outcome: WorkOrderConclusion
) -> Iterable[Ask]:
    whistle = id_of(fact.stream)
    command = ConcludeWhistle(whistle, outcome)
    for each in orders:
        yield Ask(work_order_stream(each.work_order_id), command, subject_id=whistle)


def _of_request(fact: Fact, command: object) -> Ask:
    request_id = id_of(fact.stream)
    return Ask(work_order_stream(work_order_id(request_id)), command, subject_id=request_id)


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    RequestForwarded: (when_request_forwarded,),
    RequestReopened: (when_request_reopened,),
    RequestClosed: (when_request_closed,),
    RaiseAccepted: (when_raise_accepted,),
    RaiseAdvisedBack: (when_raise_advised_back,),
    WhistleBlown: (when_whistle_blown,),
    WhistleConcluded: (when_whistle_concluded,),
    WhistleRejected: (when_whistle_rejected,),
    WhistleWithdrawn: (when_whistle_withdrawn,),
}
