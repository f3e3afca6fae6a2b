"""Clocks of a work order and its raises: events of dispatch (W) and of raises (A)."""

from collections.abc import Iterator

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.dispatch import (
    ReporterContacted,
    WorkOrderAcknowledged,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderRaised,
    WorkOrderReopened,
    WorkOrderTransferProposed,
)
from services.common.contracts.streams import clock_stream, raise_stream
from services.common.contracts.vocabulary import ClockKind
from services.common.following.reacting import Ask
from services.escalation.clocks.commands import (
    ArmDeadline,
    ClockCommand,
    LiftDeadlines,
    StopClocks,
)
from services.escalation.clocks.terms import above, armed, asks, held_by, met, within


def when_work_order_dispatched(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """Resolution starts here, not at acknowledging."""
    event: WorkOrderDispatched = fact.event
    own = held_by(fact, chart, event.holder, "acknowledge", "resolution")
    return _ask(fact, met(fact, "dispatch"), *own)


def when_work_order_acknowledged(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The holder has taken it on and has to speak to the reporter."""
    event: WorkOrderAcknowledged = fact.event
    return _ask(fact, met(fact, "acknowledge"), *held_by(fact, chart, event.unit, "contact"))


def when_reporter_contacted(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Only speaking counts."""
    event: ReporterContacted = fact.event
    return _ask(fact, *([met(fact, "contact")] if event.result == "spoken" else []))


def when_work_order_raised(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The town has to answer."""
    event: WorkOrderRaised = fact.event
    subject = raise_stream(event.raise_id)
    return _ask(fact, _answer_of(fact, chart, event.to_unit, "raise_answer", subject))


def when_raise_answered(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Accepted or advised back: the town has answered."""
    return _ask(fact, met(fact, "raise_answer"))


def when_raise_voided(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The order went another way first."""
    return _ask(fact, LiftDeadlines(("raise_answer",), "raise_voided", subject=fact.stream))


def when_transfer_proposed(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The unit asked has to answer; the order stays where it is."""
    event: WorkOrderTransferProposed = fact.event
    asked = _answer_of(fact, chart, event.to_unit, "transfer_answer", fact.stream)
    return _ask(fact, asked)


def when_transfer_declined(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The unit asked has answered."""
    return _ask(fact, met(fact, "transfer_answer"))


def when_work_order_handed_over(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The next holder has its own clocks; what the one before missed stays with that one."""
    event: WorkOrderHandedOver = fact.event
    answered = [met(fact, "transfer_answer")] if event.why == "transfer" else []
    over = LiftDeadlines(("acknowledge", "contact", "resolution", "transfer_answer"), "handed_over")
    own = held_by(fact, chart, event.to_unit, "contact", "resolution")
    return _ask(fact, *answered, over, *own)


def when_work_order_resolved(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The resolution clock stops; a transfer that nobody answered is moot."""
    moot = LiftDeadlines(("contact", "transfer_answer"), "resolved")
    return _ask(fact, met(fact, "resolution"), moot)


def when_work_order_reopened(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """A new round at the same holder; the promise to the reporter is not moved."""
    event: WorkOrderReopened = fact.event
    return _ask(fact, *held_by(fact, chart, event.holder, "acknowledge", "resolution"))


def when_work_order_closed(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Nothing is waited for any more."""
    return _ask(fact, StopClocks())


def _ask(fact: Fact, *commands: ClockCommand) -> Iterator[Ask]:
    return asks(clock_stream(fact.event.request_id), *commands)


def _answer_of(fact: Fact, chart: Chart, unit: str, kind: ClockKind, subject: str) -> ArmDeadline:
    return armed(
        fact,
        chart,
        kind,
        subject=subject,
        limit=within(chart, kind),
        ladder=above(chart, unit),
        charged_to=unit,
    )
