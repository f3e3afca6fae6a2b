"""What intake does because of dispatch's and escalation's events. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.events.dispatch import WorkOrderResolved
from services.common.contracts.streams import id_of, request_stream
from services.common.following.reacting import Ask, Reaction
from services.intake.domain.request_commands import OpenFollowUp, RecordFollowUpTry


def when_work_order_resolved(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001  a reaction's shape
    """Ask the reporter about this resolution. Refused if the request has ended meanwhile."""
    resolved: WorkOrderResolved = fact.event
    command = OpenFollowUp("resolved", resolved.resolution, resolved.holder)
    yield Ask(request_stream(resolved.request_id), command, id_of(fact.stream))


def when_deadline_missed(fact: Fact, chart: Chart) -> Iterable[Ask]:
    """Open a follow-up once the promised date has passed; count a try once nobody answered.

    Both clocks have no ladder, so only their first miss is acted on. The clock stream of a
    request has the request's id.
    """
    missed: DeadlineMissed = fact.event
    if missed.step != 0:
        return
    target = request_stream(id_of(fact.stream))
    match missed.kind:
        case "promised":
            # where no order was dispatched, the command centre answers
            holder = missed.charged_to or chart.centre_or_home()
            yield Ask(target, OpenFollowUp("promised_date_passed", 0, holder), missed.subject)
        case "follow_up":
            tries = chart.policy("follow_up_tries_count")
            silence = RecordFollowUpTry("silence", tries, due_at=missed.due_at)
            yield Ask(target, silence, missed.subject)
        case _:
            return


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    WorkOrderResolved: (when_work_order_resolved,),
    DeadlineMissed: (when_deadline_missed,),
}
