"""What records keep of the clocks of a request, a whistle or a standing duty."""

from typing import Any

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    MissWithdrawn,
)
from services.metrics.marks import Part, mark
from services.metrics.months import month_of


def clock_told(clock: Part, fact: Fact) -> Part:
    """Return the armings of a clock stream after `fact`: `{"armings": [...]}`, number n at n - 1.

    An arming: `kind, subject, charged_to?, due_at, armed`, then as they come `missed` (step 0
    alone), `met`, `lifted`, `withdrawn`, and `escalated`: the greatest step of each month, so
    that a ladder that rings for ever doesn't grow the record for ever.
    """
    armings: list[Part] = clock.setdefault("armings", [])
    event = fact.event
    match event:
        case DeadlineArmed():
            armings.append(_armed(event, fact))
        case ClocksStopped():
            for number in event.lifted:
                armings[number - 1]["lifted"] = mark(fact)
        case DeadlineEscalated():
            steps = armings[event.arming - 1].setdefault("escalated", {})
            found = mark(fact, step=event.step, to=event.to)
            steps[month_of(found["at"])] = found
        case DeadlineMissed() | DeadlineMet() | DeadlineLifted() | MissWithdrawn():
            armings[event.arming - 1].update(_ended(event, fact))
    return clock


def _armed(event: DeadlineArmed, fact: Fact) -> Part:
    arming: Part = {
        "kind": event.kind,
        "subject": event.subject,
        "due_at": time_text(event.due_at),
        "armed": mark(fact),
    }
    return arming if event.charged_to is None else {**arming, "charged_to": event.charged_to}


def _ended(event: Any, fact: Fact) -> Part:
    match event:
        case DeadlineMissed() if event.step == 0:
            return {"missed": mark(fact, late_by_seconds=event.late_by_seconds)}
        case DeadlineMet():
            found = mark(fact, late_by_seconds=event.late_by_seconds, met_by=event.met_by)
            return {"met": found}
        case DeadlineLifted():
            return {"lifted": mark(fact)}
        case MissWithdrawn():
            return {"withdrawn": mark(fact, met_by=event.met_by)}
        case _:
            return {}  # a later step: the escalation beside it says more
