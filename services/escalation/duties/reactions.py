"""What happens to standing duties because of what a whistle or a clock recorded. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.events.escalation import WhistleConcluded
from services.common.contracts.streams import duty_stream, id_of
from services.common.following.reacting import Ask, Reaction
from services.escalation.duties.rules import AssignDuty, MissSlot


def when_whistle_concluded(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Give out the standing duties."""
    event: WhistleConcluded = fact.event
    for duty in event.duties:
        command = AssignDuty(
            whistle_id=id_of(fact.stream),
            unit=duty.unit,
            what_ref=duty.what_ref,
            every_seconds=duty.every_seconds,
            until_at=duty.until_at,
        )
        yield Ask(duty_stream(duty.duty_id), command)


def when_deadline_missed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """A slot has passed."""
    event: DeadlineMissed = fact.event
    if event.kind == "check_in" and event.step == 0:
        yield Ask(event.subject, MissSlot(event.due_at))


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    WhistleConcluded: (when_whistle_concluded,),
    DeadlineMissed: (when_deadline_missed,),
}
