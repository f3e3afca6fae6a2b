"""What happens to whistles because of what dispatch, a called unit or a clock recorded.

Pure: the target follows from the event alone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.events.escalation import DepartmentReportedIn
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import category_of, id_of, whistle_stream
from services.common.following.reacting import NOTHING_TO_DO, Ask, Reaction
from services.escalation.whistles.commands import DropOrder, JoinUnit, MarkUnapproved

#: Dispatch's command (by name, as `ReactionRefused` says it) whose refusal drops an order.
WHISTLE_ORDER: Final = "WhistleOrder"


def when_reaction_refused(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Dispatch would not have the order whistled."""
    event: ReactionRefused = fact.event
    if category_of(fact.stream) != "workOrder" or event.subject_id is None:
        return
    if event.command == WHISTLE_ORDER and event.reason != NOTHING_TO_DO:
        command = DropOrder(id_of(fact.stream), event.reason)
        yield Ask(whistle_stream(event.subject_id), command)


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


def when_deadline_missed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Mark that nobody has approved in time."""
    event: DeadlineMissed = fact.event
    if event.kind == "approval" and event.step == 0:
        yield Ask(event.subject, MarkUnapproved(event.late_by_seconds))


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    ReactionRefused: (when_reaction_refused,),
    DepartmentReportedIn: (when_department_reported_in,),
    DeadlineMissed: (when_deadline_missed,),
}
