"""What a whistle with its calls adds to the figures of a month.

Everything about a call is counted twice over, never in one sum: for the town whose whistle made
it, and under `own_` for the unit that was called.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.metrics.months import Window, seconds_between
from services.metrics.shares import OWN, Body, Share, escalations


def shares_of_whistle(record: Body, window: Window) -> Iterator[Share]:
    """Yield what a whistle and its calls add to the figures of `window`."""
    whistle = record.get("whistle", {})
    blown = whistle.get("blown")
    if blown is not None and window.holds(blown["at"]):
        yield _whistle(whistle, subject=f"whistle-{record['id']}")
    armings = record.get("clock", {}).get("armings", ())
    for call in record.get("calls", {}).values():
        if "called" in call:
            yield from _both_sides(call, armings, window)
    yield from escalations(record, window)


def _whistle(whistle: Body, subject: str) -> Share:
    """A whistle counts by its kind, unless it was rejected or withdrawn."""
    blown = whistle["blown"]
    undone = whistle.get("rejected") or whistle.get("withdrawn")
    if undone is None:
        events = (blown["event"],)
        return Share("whistles", blown["town"], subject, events, 1, part=blown["kind"])
    said = (blown["event"], undone["event"])
    return Share("whistles", blown["town"], subject, said, 0, 0, 1, part=blown["kind"])


def _both_sides(call: Body, armings: Sequence[Body], window: Window) -> Iterator[Share]:
    own = [each for each in armings if (each["kind"], each["subject"]) == _key(call)]
    for figure, events, counts in _of_call(call, own, window):
        numerator, denominator, excluded, part, runs = counts
        subject, called = call["stream"], call["called"]
        rest = (subject, events, numerator, denominator, excluded)
        yield Share(figure, called["town"], *rest, part=part or called["unit"], runs_from=runs)
        yield Share(f"{OWN}{figure}", called["unit"], *rest, part=part, runs_from=runs)


def _key(call: Body) -> tuple[str, str]:
    return ("report_in", call["stream"])


class Counts(NamedTuple):
    """What a call counts for; see `Share`."""

    numerator: int
    denominator: int = 1
    excluded: int = 0
    part: str | None = None
    runs_from: str | None = None


Found = tuple[str, tuple[str, ...], Counts]


def _of_call(call: Body, armings: Sequence[Body], window: Window) -> Iterator[Found]:
    yield from _reported_in(call, armings, window)
    yield from _took(call, window)
    yield from _absent(call, window)
    yield from _rated(call, window)


def _reported_in(call: Body, armings: Sequence[Body], window: Window) -> Iterator[Found]:
    """Calls whose report-in came due in the month, each once, by its first limit that ran out.

    A limit that was lifted in time (refused, excused, withdrawn) never came due; being called
    again after a miss doesn't wash it. Excluded: excused or withdrawn before anything came due.
    """
    called = call["called"]["event"]
    due = [each for each in armings if window.has_passed(each["due_at"]) and not _lifted(each)]
    if due and window.came_due(due[0]["due_at"]):
        met = _in_time(due[0])
        told = met or due[0].get("met") or due[0].get("missed") or due[0]["armed"]
        yield "report_in", (called, told["event"]), Counts(int(met is not None))
    let_off = call.get("excused") or call.get("withdrawn")
    if not due and let_off and armings and window.came_due(armings[-1]["due_at"]):
        yield "report_in", (called, let_off["event"]), Counts(0, 0, excluded=1)


def _lifted(arming: Body) -> bool:
    """Say whether it was lifted in time; at the very moment of its miss it was too late."""
    lifted = arming.get("lifted")
    in_time = lifted is not None and lifted["at"] <= arming["due_at"]
    return in_time and "missed" not in arming


def _in_time(arming: Body) -> Body | None:
    """Return what says that it was met in time; a miss that was withdrawn was met in time."""
    met: Body | None = arming.get("met")
    if met is not None and met["late_by_seconds"] == 0:
        return met
    return arming.get("withdrawn")


def _took(call: Body, window: Window) -> Iterator[Found]:
    arrived = call.get("reported_in")
    if arrived is not None and window.holds(arrived["at"]):
        called = call["called"]
        seconds = seconds_between(called["at"], arrived["at"])
        yield "report_in_seconds", (called["event"], arrived["event"]), Counts(seconds)


def _absent(call: Body, window: Window) -> Iterator[Found]:
    """Time while a unit is called and absent, charged to it and shown beside the holder's."""
    called = call["called"]
    ends = [call[name] for name in ("reported_in", "excused", "withdrawn") if name in call]
    until = min(ends, key=lambda each: str(each["at"]), default=None)
    ended_at = None if until is None else until["at"]
    if window.touches(called["at"], ended_at):
        events = (called["event"],) if until is None else (called["event"], until["event"])
        runs = window.runs_from(called["at"], ended_at)
        yield (
            "agency_seconds",
            events,
            Counts(window.seconds(called["at"], ended_at), runs_from=runs),
        )


def _rated(call: Body, window: Window) -> Iterator[Found]:
    for name, figure in (
        ("department_rated", "department_ratings"),
        ("whistle_rated", "whistle_ratings"),
    ):
        rated = call.get(name)
        if rated is not None and window.holds(rated["at"]):
            for word, given in rated["marks"].items():
                yield figure, (rated["event"],), Counts(given, part=word)
