"""Every figure once more, straight from the logs: what the read models' figures must equal.

Written from the formulas, apart from `entries` and `figures` on purpose, so that a difference
shows a fault in one of the two. Slow: it reads everything. For tests, the demo's table and
whoever doubts a figure.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final

from services.audit.ledger import Counted, Ledger, first, is_about
from services.audit.month import Month
from services.audit.recount_whistles import calls, duties, ladders, whistles
from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    MissWithdrawn,
)
from services.common.contracts.events.dispatch import (
    ReporterContacted,
    WorkOrderClosed,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderReopened,
    WorkOrderResolved,
)
from services.common.contracts.events.intake import (
    FollowUpOpened,
    FollowUpRecorded,
    RequestClosed,
    RequestReceived,
)
from services.common.contracts.streams import (
    clock_stream,
    id_of,
    work_order_id,
    work_order_stream,
)

COMPOSED: Final = ("response", "resolution", "satisfaction")
OF_ANSWERS: Final = (*COMPOSED, "contact_by_handler")


def recount(ledger: Ledger, chart: Chart, unit: str, month: Month) -> Mapping[str, Counted]:
    """Return every figure of `unit` and all below it by name, the composite last."""
    again = recount_of(ledger, chart.subtree(unit), month)
    return {**again, "composite": _composite(again, chart)}


def recount_of(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    """Return every figure of the units in `scope` by name, without the composite."""
    return {
        **_received(ledger, scope, month),
        **_reporters_word(ledger, scope, month),
        **_orders(ledger, scope, month),
        **_holding(ledger, scope, month),
        **whistles(ledger, scope, month),
        **calls(ledger, scope, month, prefix="", charged="town"),
        **calls(ledger, scope, month, prefix="own_", charged="unit"),
        **ladders(ledger, scope, month),
        **duties(ledger, scope, month),
    }


def _composite(again: Mapping[str, Counted], chart: Chart) -> Counted:
    """Return the composite of recounted rates as a fraction; 0 of 0 if one has no data."""
    total = Fraction(0)
    for name in COMPOSED:
        rate = again[name]
        if not rate.denominator:
            return Counted(0, 0)
        weight = Fraction(chart.policy(f"composite_{name}_permille"), 1000)
        total += weight * Fraction(rate.numerator, rate.denominator)
    return Counted(total.numerator, total.denominator)


def from_few_answers(found: Mapping[str, Counted], chart: Chart) -> frozenset[str]:
    """Return which of the recounted figures rest on fewer answers than the policy asks for."""
    minimum = chart.policy("rate_minimum_answers_count")
    few = {name for name in OF_ANSWERS if (found[name].denominator or 0) < minimum}
    return frozenset(few | {"composite"} if few & set(COMPOSED) else few)


def _rate(yes: int, of: int, cohort: int) -> Counted:
    return Counted(yes, of, cohort - of)


def _received(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    came = [fact for fact in ledger.of(RequestReceived) if month.holds(fact.recorded_at)]
    return {"received": Counted(sum(fact.event.place_code in scope for fact in came))}


# -- the three rates -------------------------------------------------------------------------------


def _reporters_word(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    cohort = [
        fact
        for fact in ledger.of(FollowUpOpened)
        if fact.event.round == 1 and month.holds(fact.recorded_at) and fact.event.holder in scope
    ]
    answers = {fact.stream: first(ledger.stream(fact.stream), FollowUpRecorded) for fact in cohort}
    given = [fact.event for fact in answers.values() if fact is not None]
    solved = [each.solved for each in given if each.solved is not None]
    rated = [each.satisfied for each in given if each.satisfied not in (None, "not_rated")]
    spoken = [fact for fact in cohort if answers[fact.stream] and _was_spoken_to(ledger, fact)]
    unanswered = [
        fact
        for fact in cohort
        if (end := first(ledger.stream(fact.stream), RequestClosed)) is not None
        and end.event.outcome == "unanswered"
    ]
    size = len(cohort)
    reached = sum(each.reached == "yes" for each in given)
    return {
        "response": _rate(reached, len(given), size),
        "resolution": _rate(solved.count("yes"), len(solved), size),
        "satisfaction": _rate(len(rated) - rated.count("dissatisfied"), len(rated), size),
        "contact_by_handler": _rate(len(spoken), len(given), size),
        "unanswered": Counted(len(unanswered), size),
    }


def _was_spoken_to(ledger: Ledger, opened: Fact) -> bool:
    order = work_order_stream(work_order_id(id_of(opened.stream)))
    return any(
        isinstance(fact.event, ReporterContacted)
        and fact.event.result == "spoken"
        and fact.recorded_at <= opened.recorded_at
        for fact in ledger.stream(order)
    )


# -- orders ----------------------------------------------------------------------------------------


def _orders(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    sent = [
        fact
        for fact in ledger.of(WorkOrderDispatched)
        if month.holds(fact.recorded_at) and fact.event.holder in scope
    ]
    open_now = [
        stream
        for stream, facts in ledger.streams("workOrder").items()
        if _last_holder(facts, month) in scope and not _closed_before(facts, month.end)
    ]
    late = [stream for stream in open_now if _is_overdue(ledger, stream, month.end)]
    return {
        "dispatched": Counted(len(sent)),
        "open": Counted(len(open_now)),
        "overdue": Counted(len(late)),
    }


def _last_holder(order: list[Fact], month: Month) -> str | None:
    holders = [unit for fact, unit in _takings(order) if fact.recorded_at < month.end]
    return holders[-1] if holders else None


def _takings(order: list[Fact]) -> Iterator[tuple[Fact, str]]:
    """Yield every fact that gives the order to somebody, with the unit."""
    for fact in order:
        match fact.event:
            case WorkOrderDispatched(holder=unit) | WorkOrderReopened(holder=unit):
                yield fact, unit
            case WorkOrderHandedOver(to_unit=unit):
                yield fact, unit


def _closed_before(order: list[Fact], end: datetime) -> bool:
    closed = first(order, WorkOrderClosed)
    return closed is not None and closed.recorded_at < end


def _is_overdue(ledger: Ledger, stream: str, end: datetime) -> bool:
    request = ledger.stream(stream)[0].event.request_id
    clock = ledger.stream(clock_stream(request))
    numbers = [
        fact.event.arming
        for fact in clock
        if isinstance(fact.event, DeadlineArmed)
        and fact.event.kind == "resolution"
        and fact.recorded_at < end
    ]
    if not numbers:
        return False
    about = [fact for fact in clock if is_about(fact, numbers[-1])]
    if first(about, MissWithdrawn) is not None:
        return False
    known = [fact for fact in about if fact.recorded_at < end]
    missed = first(known, DeadlineMissed)
    return missed is not None and first(known, DeadlineMet, DeadlineLifted, ClocksStopped) is None


# -- who had it ------------------------------------------------------------------------------------


def _holding(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    seconds, orders = 0, set()
    for stream, facts in ledger.streams("workOrder").items():
        for taken, unit in _takings(facts):
            left = _left(facts, taken)
            over = left is not None and left.recorded_at < month.start
            if unit in scope and taken.recorded_at < month.end and not over:
                orders.add(stream)
                seconds += month.lasted(taken.recorded_at, left.recorded_at if left else None)
    moved = [
        fact
        for fact in ledger.of(WorkOrderHandedOver)
        if month.holds(fact.recorded_at) and fact.event.from_unit in scope
    ]
    return {
        "held_seconds": Counted(seconds, len(orders)),
        "hand_overs": Counted(len(moved), len(orders)),
    }


def _left(order: list[Fact], taken: Fact) -> Fact | None:
    later = order[order.index(taken) + 1 :]
    return first(later, WorkOrderHandedOver, WorkOrderResolved, WorkOrderClosed)
