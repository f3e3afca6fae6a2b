"""What a clock stream does: one arming's life, the ladder, slots that repeat, the end.

In time means that what met it was *recorded* by the due moment; when it is said to have happened
plays no part. A step's limit starts when the miss before it is recorded, else a timer that was
away would fire the whole ladder in one burst.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from services.common.contracts.codec import time_text
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    DeadlineReminded,
    MissWithdrawn,
)
from services.common.contracts.vocabulary import ClockKind
from services.common.eventlog.folding import Aggregate
from services.escalation.clocks.clock import Arming, Clocks, evolve, evolved
from services.escalation.clocks.commands import (
    ArmDeadline,
    ByTimeClass,
    ClockCommand,
    LiftDeadlines,
    MeetDeadline,
    MissDeadline,
    RemindDeadline,
    StopClocks,
    Until,
    Within,
)
from services.escalation.clocks.errors import (
    ClocksAreStopped,
    DeadlineNotArmed,
    DeadlineNotDue,
    TimeClassUnknown,
)

NO_REMINDER: Final[frozenset[ClockKind]] = frozenset({"promised", "check_in"})
#: Charged to whoever holds the order when it fires, not to who held it when it was armed.
CHARGED_TO_HOLDER: Final[frozenset[ClockKind]] = frozenset({"promised"})
_SECOND: Final = timedelta(seconds=1)


def decide(state: Clocks, command: ClockCommand, at: datetime) -> Sequence[Any]:
    """Return what `command` causes; the last rating of a whistle that is over stops its clocks.

    Raises:
        DeadlineNotArmed: Nothing of the kind runs for the subject, or no such arming exists.
        ClocksAreStopped: Nothing is armed any more.
        DeadlineNotDue: The timer was too early.
        TimeClassUnknown: The limit can't be told.
    """
    events = _decided(state, command, at)
    after = evolved(state, events, at)
    if after.all_rated and not after.stopped:
        return [*events, _stopped(after)]
    return events


def seconds_late(at: datetime, due_at: datetime) -> int:
    """Return by how many seconds `at` is after `due_at`, rounded up; 0 = in time, never less."""
    return max(0, -((due_at - at) // _SECOND))


def _decided(state: Clocks, command: ClockCommand, at: datetime) -> Sequence[Any]:
    match command:
        case ArmDeadline():
            return _armed(state, command)
        case MeetDeadline():
            return _met(state, command, at)
        case LiftDeadlines():
            return _lifted(state, command)
        case RemindDeadline():
            return _reminded(state, command, at)
        case MissDeadline():
            return _missed(state, command, at)
        case StopClocks():
            return [] if state.stopped else [_stopped(state)]
        case _:
            assert_never(command)


def _armed(state: Clocks, command: ArmDeadline) -> Sequence[Any]:
    if state.stopped:
        raise ClocksAreStopped(kind=command.kind)
    if state.running(command.kind, command.subject) is not None:
        return []
    if command.kind == "contact" and state.spoken:
        return []
    due_at = _due_at(state, command)
    return [
        DeadlineArmed(
            arming=len(state.armings) + 1,
            kind=command.kind,
            subject=command.subject,
            starts_at=command.starts_at,
            limit_seconds=(due_at - command.starts_at) // _SECOND,
            due_at=due_at,
            ladder=command.ladder,
            step_seconds=command.step_seconds,
            charged_to=command.charged_to,
            remind_at=_half_time(command, due_at),
            time_class=command.time_class,
            repeats_until=command.repeats_until,
        )
    ]


def _due_at(state: Clocks, command: ArmDeadline) -> datetime:
    match command.limit:
        case Until(moment):
            return max(moment, command.starts_at)
        case Within(seconds):
            return command.starts_at + timedelta(seconds=seconds)
        case ByTimeClass(by_class):
            time_class = command.time_class or state.time_class
            if time_class is None:
                raise TimeClassUnknown(kind=command.kind)
            return command.starts_at + timedelta(seconds=by_class[time_class])
        case _:
            assert_never(command.limit)


def _half_time(command: ArmDeadline, due_at: datetime) -> datetime | None:
    if command.kind in NO_REMINDER:
        return None
    return command.starts_at + (due_at - command.starts_at) / 2


def _met(state: Clocks, command: MeetDeadline, at: datetime) -> Sequence[Any]:
    skipped = _skipped_slots(state, command, at)
    state = evolved(state, skipped, at)
    found = state.running(command.kind, command.subject)
    if found is None or command.slot not in (None, found.terms.arming):
        raise DeadlineNotArmed(kind=command.kind, subject=command.subject)
    ending = _ending(found, command)
    return [*skipped, ending, *_next_slot(state, found)]


def _ending(found: Arming, command: MeetDeadline) -> DeadlineMet | MissWithdrawn:
    late_by = seconds_late(command.met_at, found.terms.due_at)
    if found.status == "missed" and not late_by:
        return MissWithdrawn(
            arming=found.terms.arming,
            kind=found.terms.kind,
            subject=found.terms.subject,
            met_by=command.met_by,
            stops_after=command.stops_after,
        )
    return DeadlineMet(
        arming=found.terms.arming,
        kind=found.terms.kind,
        subject=found.terms.subject,
        met_by=command.met_by,
        late_by_seconds=late_by,
        stops_after=command.stops_after,
    )


def _skipped_slots(state: Clocks, command: MeetDeadline, at: datetime) -> list[Any]:
    """Return the misses of the slots before the one that was kept: the timer was away for them."""
    events: list[Any] = []
    found = state.running(command.kind, command.subject)
    while found is not None and command.slot is not None and found.terms.arming < command.slot:
        if at < found.due_at:
            break
        missed = _miss(state, found, at, ())
        state = evolved(state, missed, at)
        events += missed
        found = state.running(command.kind, command.subject)
    return events


def _next_slot(state: Clocks, found: Arming) -> list[DeadlineArmed]:
    """Return the arming of the next slot: from due moment to due moment, so nothing drifts."""
    terms = found.terms
    next_due = terms.due_at + timedelta(seconds=terms.limit_seconds)
    if terms.repeats_until is None or not terms.due_at < next_due <= terms.repeats_until:
        return []
    return [
        DeadlineArmed(
            arming=len(state.armings) + 1,
            kind=terms.kind,
            subject=terms.subject,
            starts_at=terms.due_at,
            limit_seconds=terms.limit_seconds,
            due_at=next_due,
            ladder=terms.ladder,
            step_seconds=terms.step_seconds,
            charged_to=terms.charged_to,
            repeats_until=terms.repeats_until,
        )
    ]


def _lifted(state: Clocks, command: LiftDeadlines) -> Sequence[Any]:
    return [
        DeadlineLifted(
            arming=each.terms.arming,
            kind=each.terms.kind,
            subject=each.terms.subject,
            reason=command.reason,
        )
        for each in state.open
        if each.terms.kind in command.kinds and command.subject in (None, each.terms.subject)
    ]


def _reminded(state: Clocks, command: RemindDeadline, at: datetime) -> Sequence[Any]:
    """A reminder comes once, and not at all once the limit is gone too."""
    found = _found(state, command.arming)
    if found.remind_at is None or at >= found.due_at:
        return []
    if at < found.remind_at:
        raise DeadlineNotDue(kind=found.terms.kind, due_at=time_text(found.remind_at))
    return [
        DeadlineReminded(
            arming=found.terms.arming,
            kind=found.terms.kind,
            subject=found.terms.subject,
            charged_to=_charged(state, found),
        )
    ]


def _missed(state: Clocks, command: MissDeadline, at: datetime) -> Sequence[Any]:
    """A step that was decided already, or that no longer counts, is no error: nothing happens."""
    found = _found(state, command.arming)
    if not found.open or command.step != found.step:
        return []
    if at < found.due_at:
        raise DeadlineNotDue(kind=found.terms.kind, due_at=time_text(found.due_at))
    return _miss(state, found, at, command.sources_behind)


def _miss(state: Clocks, found: Arming, at: datetime, behind: tuple[str, ...]) -> list[Any]:
    missed = DeadlineMissed(
        arming=found.terms.arming,
        kind=found.terms.kind,
        subject=found.terms.subject,
        step=found.step,
        due_at=found.due_at,
        late_by_seconds=seconds_late(at, found.due_at),
        sources_behind=behind,
        charged_to=_charged(state, found),
    )
    return [missed, *_escalated(found, at), *_next_slot(state, found)]


def _escalated(found: Arming, at: datetime) -> list[DeadlineEscalated]:
    ladder = found.terms.ladder
    if not ladder:
        return []
    return [
        DeadlineEscalated(
            arming=found.terms.arming,
            kind=found.terms.kind,
            subject=found.terms.subject,
            step=found.step + 1,
            to=ladder[min(found.step, len(ladder) - 1)],
            due_at=at + timedelta(seconds=found.terms.step_seconds),
        )
    ]


def _stopped(state: Clocks) -> ClocksStopped:
    return ClocksStopped(lifted=tuple(each.terms.arming for each in state.open))


def _charged(state: Clocks, found: Arming) -> str | None:
    return state.holder if found.terms.kind in CHARGED_TO_HOLDER else found.terms.charged_to


def _found(state: Clocks, number: int) -> Arming:
    found = state.arming(number)
    if found is None:
        raise DeadlineNotArmed(kind=f"#{number}")
    return found


CLOCKS: Final = Aggregate("clock", Clocks(), decide, evolve)
