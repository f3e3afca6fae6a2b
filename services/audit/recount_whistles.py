"""The second half of a recount: whistles, calls, ladders and standing duties."""

from collections.abc import Collection, Mapping

from services.audit.ledger import SECOND, Counted, Ledger, first, is_about
from services.audit.month import Month
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
from services.common.contracts.events.escalation import (
    CallExcused,
    CallWithdrawn,
    DepartmentCalled,
    DepartmentRated,
    DepartmentReportedIn,
    StandingDutyAssigned,
    StandingDutyEnded,
    WhistleBlown,
    WhistleRated,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.contracts.streams import (
    category_of,
    clock_stream,
)


def whistles(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    """Return the whistles blown; those rejected or withdrawn are excluded."""
    blown = [
        fact.stream
        for fact in ledger.of(WhistleBlown)
        if month.holds(fact.recorded_at) and fact.event.town in scope
    ]
    undone = {fact.stream for fact in ledger.of(WhistleRejected, WhistleWithdrawn)}
    gone = [stream for stream in blown if stream in undone]
    return {"whistles": Counted(len(blown) - len(gone), None, len(gone))}


def calls(
    ledger: Ledger, scope: Collection[str], month: Month, *, prefix: str, charged: str
) -> Mapping[str, Counted]:
    """Return what became of calls, charged to the whistling `town` or to the called `unit`."""
    made = [
        facts
        for facts in ledger.streams("call").values()
        if isinstance(facts[0].event, DepartmentCalled)
        and getattr(facts[0].event, charged) in scope
    ]
    found = {
        "report_in": _report_in(ledger, made, month),
        "report_in_seconds": _report_in_seconds(made, month),
        "agency_seconds": _agency_seconds(made, month),
        "department_ratings": _ratings(
            made, month, DepartmentRated, ("speed", "cooperation", "result")
        ),
        "whistle_ratings": _ratings(made, month, WhistleRated, ("needed", "described")),
    }
    return {f"{prefix}{name}": counted for name, counted in found.items()}


def _report_in(ledger: Ledger, made: list[list[Fact]], month: Month) -> Counted:
    in_time, due, excluded = 0, 0, 0
    for call in made:
        clock = ledger.stream(clock_stream(call[0].event.whistle_id))
        armed = [
            fact.event
            for fact in clock
            if isinstance(fact.event, DeadlineArmed)
            and (fact.event.kind, fact.event.subject) == ("report_in", call[0].stream)
        ]
        ran_out = [each for each in armed if _ran_out(clock, each, month)]
        if ran_out and month.holds(ran_out[0].due_at):
            due += 1
            in_time += _was_in_time(clock, ran_out[0].arming)
        let_off = first(call, CallExcused, CallWithdrawn) is not None
        passed = bool(armed) and month.came_due(armed[-1].due_at)
        excluded += let_off and passed and not ran_out
    return Counted(in_time, due, excluded)


def _ran_out(clock: list[Fact], armed: DeadlineArmed, month: Month) -> bool:
    about = [fact for fact in clock if is_about(fact, armed.arming)]
    lifted = first(about, DeadlineLifted, ClocksStopped)
    in_time = lifted is not None and lifted.recorded_at <= armed.due_at
    if first(about, DeadlineMissed) is not None:
        in_time = False
    return armed.due_at <= month.seen_at and not in_time


def _was_in_time(clock: list[Fact], arming: int) -> bool:
    about = [fact for fact in clock if is_about(fact, arming)]
    met = first(about, DeadlineMet)
    withdrawn = first(about, MissWithdrawn)
    return withdrawn is not None or (met is not None and met.event.late_by_seconds == 0)


def _report_in_seconds(made: list[list[Fact]], month: Month) -> Counted:
    arrivals = [(call[0], _arrived(call)) for call in made]
    taken = [
        (arrived.recorded_at - called.recorded_at) // SECOND
        for called, arrived in arrivals
        if arrived is not None and month.holds(arrived.recorded_at)
    ]
    return Counted(sum(taken), len(taken))


def _arrived(call: list[Fact]) -> Fact | None:
    there = (fact for fact in call if isinstance(fact.event, DepartmentReportedIn))
    return next((fact for fact in there if fact.event.first), None)


def _agency_seconds(made: list[list[Fact]], month: Month) -> Counted:
    seconds, absent = 0, 0
    for call in made:
        ends = (_arrived(call), first(call, CallExcused), first(call, CallWithdrawn))
        until = min((fact.recorded_at for fact in ends if fact is not None), default=None)
        over = until is not None and until < month.start
        if call[0].recorded_at < month.end and not over:
            absent += 1
            seconds += month.lasted(call[0].recorded_at, until)
    return Counted(seconds, absent)


def _ratings(made: list[list[Fact]], month: Month, kind: type, parts: tuple[str, ...]) -> Counted:
    given = [
        getattr(fact.event, part)
        for call in made
        for fact in call
        if isinstance(fact.event, kind) and month.holds(fact.recorded_at)
        for part in parts
    ]
    return Counted(sum(given), len(given))


# -- ladders and duties ----------------------------------------------------------------------------


def ladders(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    """A request with its order and raises is one subject; of the rest, whatever is waited for."""
    deepest: dict[str, int] = {}
    for fact in ledger.of(DeadlineEscalated):
        armed = _arming(ledger, fact)
        if not month.holds(fact.recorded_at) or armed.charged_to not in scope:
            continue
        of_request = category_of(armed.subject) in ("request", "workOrder", "raise")
        subject = fact.stream if of_request else armed.subject
        deepest[subject] = max(deepest.get(subject, 0), fact.event.step)
    return {"escalation_depth": Counted(sum(deepest.values()), len(deepest))}


def _arming(ledger: Ledger, fact: Fact) -> DeadlineArmed:
    return next(
        each.event
        for each in ledger.stream(fact.stream)
        if isinstance(each.event, DeadlineArmed) and each.event.arming == fact.event.arming
    )


def duties(ledger: Ledger, scope: Collection[str], month: Month) -> Mapping[str, Counted]:
    """Return the slots kept of all slots, for standing duties that ended in the month."""
    kept, slots = 0, 0
    for fact in ledger.of(StandingDutyEnded):
        assigned = first(ledger.stream(fact.stream), StandingDutyAssigned)
        if assigned is not None and assigned.event.unit in scope and month.holds(fact.recorded_at):
            kept += fact.event.kept_slots
            slots += fact.event.kept_slots + fact.event.missed_slots
    return {"duty_slots_kept": Counted(kept, slots)}
