"""What one record adds to the figures of a month: small, additive, each with its events.

Pure. A share is charged to one unit; `figures` adds up the shares of a unit and all below it.
Whole numbers only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.metrics.months import Window

Body = Mapping[str, Any]
UNPLACED: Final = "unplaced"
OWN: Final = "own_"  #: what a called unit did itself, beside what the whistles of a town got


@dataclass(frozen=True, slots=True)
class Share:
    """One record's share of one figure.

    `subject` is the stream it is about; `part` splits a figure (a kind of whistle, a mark, a
    called unit); `events` are the ids of the events that say so. The numerator of a span that
    runs holds its seconds up to now, and `runs_from` says from when on (canonical) it counts them.
    """

    figure: str
    unit: str
    subject: str
    events: tuple[str, ...]
    numerator: int = 0
    denominator: int = 0
    excluded: int = 0
    part: str | None = None
    runs_from: str | None = None


def shares_of_request(record: Body, window: Window) -> Iterator[Share]:
    """Yield what a request with its order and clocks adds to the figures of `window`."""
    yield from _received(record, window)
    yield from _follow_up(record, window)
    order = record.get("order", {})
    if "dispatched" in order:  # else a newer release wrote how it began
        yield from _order(order, record, window)
        yield from _holding(order, window)
    yield from _escalations(record, window, subject=f"request-{record['id']}")


def shares_of_duty(record: Body, window: Window) -> Iterator[Share]:
    """Yield what a standing duty adds: missed check-ins that escalated, slots kept and missed."""
    duty = record.get("duty", {})
    assigned, ended = duty.get("assigned"), duty.get("ended")
    if assigned is not None and ended is not None and window.holds(ended["at"]):
        kept, missed = ended["kept_slots"], ended["missed_slots"]
        subject = f"duty-{record['id']}"
        events = (ended["event"], *(each["event"] for each in duty.get("kept", ())))
        yield Share("duty_slots_kept", assigned["unit"], subject, events, kept, kept + missed)
    yield from escalations(record, window)


def _received(record: Body, window: Window) -> Iterator[Share]:
    """A request counts for its place, by channel; without a place for no unit."""
    received = record.get("request", {}).get("received")
    if received is not None and window.holds(received["at"]):
        place = received.get("place_code", UNPLACED)
        subject, events = f"request-{record['id']}", (received["event"],)
        yield Share("received", place, subject, events, 1, part=received["channel"])


# -- the reporter's word ---------------------------------------------------------------------------


def _follow_up(record: Body, window: Window) -> Iterator[Share]:
    """The cohort: round 1 was opened in the month. Its holder is charged, whoever answers when.

    Each counts once, with its first answered round, so reopening can't wash a "no".
    """
    request = record.get("request", {})
    rounds = request.get("rounds", ())
    if not rounds or not window.holds(rounds[0]["opened"]["at"]):
        return
    opened = rounds[0]["opened"]
    unit, subject = opened["holder"], f"request-{record['id']}"
    answered = next((each["answered"] for each in rounds if "answered" in each), None)
    yield from _rates(answered, opened, unit, subject, record)
    yield _unanswered(request, opened, unit, subject)


def _rates(
    answered: Body | None, opened: Body, unit: str, subject: str, record: Body
) -> Iterator[Share]:
    if answered is None:
        for figure in ("response", "resolution", "satisfaction", "contact_by_handler"):
            yield Share(figure, unit, subject, (opened["event"],), excluded=1)
        return
    events = (opened["event"], answered["event"])
    yield Share("response", unit, subject, events, int(answered["reached"] == "yes"), 1)
    solved, satisfied = answered.get("solved"), answered.get("satisfied", "not_rated")
    given = int(solved is not None)
    yes = int(solved == "yes")
    yield Share("resolution", unit, subject, events, yes, given, excluded=1 - given)
    rated = int(satisfied != "not_rated")
    content = int(satisfied in ("satisfied", "basically"))
    yield Share("satisfaction", unit, subject, events, content, rated, excluded=1 - rated)
    spoken = _spoken_before(record.get("order", {}), opened["at"])
    more = () if spoken is None else (spoken["event"],)
    yield Share("contact_by_handler", unit, subject, (*events, *more), len(more), 1)


def _spoken_before(order: Body, at: str) -> Body | None:
    """Return the handler's own mark of having spoken to the reporter before round 1 opened."""
    return next((each for each in order.get("spoken", ()) if each["at"] <= at), None)


def _unanswered(request: Body, opened: Body, unit: str, subject: str) -> Share:
    closed = request.get("closed")
    if closed is None or closed["outcome"] != "unanswered":
        return Share("unanswered", unit, subject, (opened["event"],), 0, 1)
    return Share("unanswered", unit, subject, (opened["event"], closed["event"]), 1, 1)


# -- orders and who has them -----------------------------------------------------------------------


def _order(order: Body, record: Body, window: Window) -> Iterator[Share]:
    dispatched, closed = order["dispatched"], order.get("closed")
    subject, events = order["stream"], (dispatched["event"],)
    if window.holds(dispatched["at"]):
        yield Share("dispatched", dispatched["holder"], subject, events, 1)
    is_open = dispatched["at"] < window.end and (closed is None or closed["at"] >= window.end)
    if not is_open:
        return
    unit = holder_at(order, window.end)
    yield Share("open", unit, subject, events, 1, part=order["stage"])
    late = late_resolution(record.get("clock", {}), window.end)
    if late is not None:
        yield Share("overdue", unit, subject, (*events, late["missed"]["event"]), 1)


def holder_at(order: Body, end: str) -> str:
    """Return who had the order last before `end`."""
    return str([span["unit"] for span in order["held"] if span["since"]["at"] < end][-1])


def late_resolution(clock: Body, end: str) -> Body | None:
    """Return the resolution arming that an order is overdue by at `end`, if it is.

    The last one armed: a hand-over or a reopening gives the holder a clock of its own, and an
    earlier miss stays with whoever had it. Met late or lifted it is no longer overdue; a miss
    that was withdrawn never was one.
    """
    armed = [
        each
        for each in clock.get("armings", ())
        if each["kind"] == "resolution" and each["armed"]["at"] < end
    ]
    if not armed or not _before(armed[-1], "missed", end) or "withdrawn" in armed[-1]:
        return None
    over = _before(armed[-1], "met", end) or _before(armed[-1], "lifted", end)
    return None if over else armed[-1]


def _before(arming: Body, name: str, end: str) -> bool:
    found = arming.get(name)
    return found is not None and bool(found["at"] < end)


def _holding(order: Body, window: Window) -> Iterator[Share]:
    """Time per holder, gross, and hand-overs per order that a unit had in the month."""
    subject = order["stream"]
    for span in order["held"]:
        since, until = span["since"], span.get("until")
        ended_at = None if until is None else until["at"]
        if not window.touches(since["at"], ended_at):
            continue
        events = (since["event"],) if until is None else (since["event"], until["event"])
        seconds, runs = (
            window.seconds(since["at"], ended_at),
            window.runs_from(since["at"], ended_at),
        )
        yield Share("held_seconds", span["unit"], subject, events, seconds, 1, runs_from=runs)
        yield Share("hand_overs", span["unit"], subject, events, 0, 1)
    for moved in order.get("hand_overs", ()):
        if window.holds(moved["at"]):
            yield Share("hand_overs", moved["from"], subject, (moved["event"],), 1, 0)


# -- ladders ---------------------------------------------------------------------------------------


def escalations(record: Body, window: Window) -> Iterator[Share]:
    """Yield the greatest step of each arming that escalated in the month, by what is waited for."""
    yield from _escalations(record, window, subject=None)


def _escalations(record: Body, window: Window, subject: str | None) -> Iterator[Share]:
    """`subject` None: whatever is waited for, e.g. each call of a whistle by itself."""
    for arming in record.get("clock", {}).get("armings", ()):
        reached = arming.get("escalated", {}).get(window.month)
        unit = arming.get("charged_to")
        if reached is not None and unit is not None:
            about = subject or arming["subject"]
            events = (arming["armed"]["event"], reached["event"])
            step = reached["step"]
            yield Share("escalation_depth", unit, about, events, step, 1, part=arming["kind"])
