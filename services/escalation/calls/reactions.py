"""What happens to calls because of what their whistle or a clock recorded.

Pure: the target follows from the event alone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed, DeadlineReminded
from services.common.contracts.events.escalation import (
    CallToMake,
    UnitsReleased,
    WhistleApproved,
    WhistleBlown,
    WhistleConcluded,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.contracts.streams import call_stream, id_of
from services.common.following.reacting import Ask, Reaction
from services.escalation.calls.commands import (
    CallDepartment,
    EndCall,
    MarkOverdue,
    OpenRating,
    ReleaseDepartment,
    RemindDepartment,
)


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
        yield Ask(call_stream(each.call_id), CallDepartment(id_of(fact.stream), each))


def when_units_released(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Let each of them go."""
    event: UnitsReleased = fact.event
    for each in event.call_ids:
        yield Ask(call_stream(each), ReleaseDepartment())


def when_whistle_concluded(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """End what is open, ask both sides to rate."""
    event: WhistleConcluded = fact.event
    yield from _end_calls(event.open_calls)
    for each in event.to_rate:
        yield Ask(call_stream(each), OpenRating(event.outcome))


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


def when_deadline_reminded(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Remind the called unit."""
    event: DeadlineReminded = fact.event
    if event.kind == "report_in":
        yield Ask(event.subject, RemindDepartment(event.arming))


def when_deadline_missed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """The called unit is overdue."""
    event: DeadlineMissed = fact.event
    if event.kind == "report_in":
        yield Ask(event.subject, MarkOverdue(event.arming, event.step, event.late_by_seconds))


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    WhistleBlown: (when_whistle_blown,),
    WhistleApproved: (when_whistle_approved,),
    UnitsReleased: (when_units_released,),
    WhistleConcluded: (when_whistle_concluded,),
    WhistleRejected: (when_whistle_rejected,),
    WhistleWithdrawn: (when_whistle_withdrawn,),
    DeadlineReminded: (when_deadline_reminded,),
    DeadlineMissed: (when_deadline_missed,),
}
