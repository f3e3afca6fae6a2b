"""Clocks of a request until it has an order, and while its reporter is asked (events of intake)."""

from collections.abc import Iterator
from dataclasses import replace

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.intake import (
    FollowUpOpened,
    FollowUpTried,
    RequestForwarded,
    RequestReceived,
)
from services.common.contracts.streams import (
    clock_stream,
    id_of,
    work_order_id,
    work_order_stream,
)
from services.common.following.reacting import Ask
from services.escalation.clocks.commands import ArmDeadline, LiftDeadlines, Until
from services.escalation.clocks.terms import (
    INTAKE_DESK,
    PLATFORM,
    armed,
    asks,
    met,
    within,
)


def when_request_received(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The desk has to forward it."""
    event: RequestReceived = fact.event
    forward = armed(
        fact,
        chart,
        "forward",
        subject=fact.stream,
        limit=within(chart, "forward"),
        ladder=(chart.centre_or_home(event.place_code),),
        charged_to=INTAKE_DESK,
    )
    return asks(_clocks(fact), forward)


def when_request_forwarded(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The order has to be dispatched; the promise to the reporter runs to the end."""
    event: RequestForwarded = fact.event
    dispatch = armed(
        fact,
        chart,
        "dispatch",
        subject=work_order_stream(work_order_id(id_of(fact.stream))),
        limit=within(chart, "dispatch"),
        ladder=(chart.centre_or_home(event.district),),
        charged_to=PLATFORM,
    )
    promised = armed(fact, chart, "promised", subject=fact.stream, limit=Until(event.promised_at))
    remembered = replace(dispatch, time_class=event.time_class)
    return asks(_clocks(fact), met(fact, "forward"), remembered, promised)


def when_follow_up_opened(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The reporter is asked. From round 2 on the promise is known to be met or missed already."""
    event: FollowUpOpened = fact.event
    kept = event.reason == "resolved" and event.round == 1
    promised = [met(fact, "promised")] if kept else []
    earlier = LiftDeadlines(("follow_up",), reason="asked_anew")
    return asks(_clocks(fact), *promised, earlier, _follow_up(fact, chart))


def when_follow_up_tried(fact: Fact, chart: Chart) -> Iterator[Ask]:
    """The next try has a day again; the last one stands beside a lapse or the close."""
    event: FollowUpTried = fact.event
    last = event.try_number >= chart.policy("follow_up_tries_count")
    again = [] if last else [_follow_up(fact, chart)]
    return asks(_clocks(fact), LiftDeadlines(("follow_up",), reason="tried"), *again)


def when_follow_up_lapsed(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Nobody is asked for now; the order's own clocks go on."""
    return asks(_clocks(fact), LiftDeadlines(("follow_up",), reason="lapsed"))


def when_follow_up_recorded(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """The reporter has answered."""
    return asks(_clocks(fact), met(fact, "follow_up"))


def when_request_closed(fact: Fact, chart: Chart) -> Iterator[Ask]:  # noqa: ARG001
    """Nobody is asked any more; the rest stops with the order."""
    return asks(_clocks(fact), LiftDeadlines(("follow_up",), reason="request_closed"))


def _clocks(fact: Fact) -> str:
    return clock_stream(id_of(fact.stream))


def _follow_up(fact: Fact, chart: Chart) -> ArmDeadline:
    """A try has no ladder and is charged to nobody: its miss counts as a try in silence."""
    return armed(fact, chart, "follow_up", subject=fact.stream, limit=within(chart, "follow_up"))
