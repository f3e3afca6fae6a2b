"""What a call does: its state machine, and what each side may say when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from services.common.contracts.codec import time_text
from services.common.contracts.command_names import command_name
from services.common.contracts.events.escalation import (
    CallAccepted,
    CallExcused,
    CallInsisted,
    CallReceived,
    CallRefused,
    CallWithdrawn,
    DepartmentCalled,
    DepartmentDone,
    DepartmentOverdue,
    DepartmentProgressed,
    DepartmentRated,
    DepartmentReleased,
    DepartmentReminded,
    DepartmentReportedIn,
    RatingOpened,
    SecondPathTaken,
    WhistleRated,
)
from services.common.errors import NotFound
from services.common.eventlog.folding import Aggregate
from services.common.steps import check_step
from services.escalation.calls.call import Call, CallStatus, evolve, terms_of
from services.escalation.calls.commands import (
    ASKABLE,
    AcceptCall,
    AnswerCommand,
    CallCommand,
    CallDepartment,
    CompleteCall,
    EndCall,
    ExcuseDepartment,
    InsistOnCall,
    MarkOverdue,
    NoteCallProgress,
    OpenRating,
    RateDepartment,
    RateWhistle,
    ReactionCommand,
    ReceiveCall,
    RefuseCall,
    ReleaseDepartment,
    RemindDepartment,
    ReportIn,
    TownCommand,
    UnitCommand,
    WorkCommand,
)
from services.escalation.errors import (
    AlreadyRated,
    ArrivalOutOfTime,
    NotTheCalledUnit,
    NotTheWhistlingTown,
)

#: How much the clock of a called unit may be off ours, and how coarse a typed time may be.
CLOCKS_DIFFER_BY: Final = timedelta(minutes=5)
_AWAITED: Final[frozenset[type]] = frozenset(
    {ReceiveCall, RemindDepartment, MarkOverdue, ReportIn, EndCall}
)
_THERE: Final[frozenset[type]] = frozenset(
    {ReceiveCall, AcceptCall, ReportIn, NoteCallProgress, CompleteCall, ReleaseDepartment, EndCall}
)
STEPS: Final[Mapping[CallStatus, frozenset[type]]] = {
    "absent": frozenset({CallDepartment}),
    "called": _AWAITED | {AcceptCall, RefuseCall},
    "received": _AWAITED | {AcceptCall, RefuseCall},
    "accepted": _AWAITED | {AcceptCall},
    "refused": _AWAITED | {RefuseCall, InsistOnCall, ExcuseDepartment},
    "present": _THERE,
    "done": _THERE,
    "ended": frozenset({OpenRating, RateDepartment, RateWhistle}),
}


def decide(state: Call, command: CallCommand, at: datetime) -> Sequence[Any]:
    """Return what `command` causes. Saying again what is on record yields no event.

    Raises:
        NotFound: There is no such call.
        NotTheCalledUnit, NotTheWhistlingTown: The asker acts for another unit.
        NotAllowedNow: The state machine has no such step from here.
        ArrivalOutOfTime: The unit says that it came before it was called, or later than now.
        AlreadyRated: Each side rates once.
    """
    if state.status == "absent" and not isinstance(command, CallDepartment):
        raise NotFound(what="call")
    _check_asker(state, command)
    check_step(state.status, type(command), possible(state), ASKABLE)
    if isinstance(command, ReportIn):
        _check_arrival(state, command, at)
    match command:
        case CallDepartment():
            return [_called(command)]
        case InsistOnCall() | ExcuseDepartment():
            return [_refusal_answered(state, command)]
        case RateDepartment() | RateWhistle():
            return [_rated(state, command)]
        case RemindDepartment() | MarkOverdue() | ReleaseDepartment() | EndCall() | OpenRating():
            return _by_reaction(state, command)
        case _:
            return _by_unit(state, command)


def possible(state: Call) -> frozenset[type]:
    """Return the commands that the state machine has for `state`: rating only once it is open."""
    found = STEPS[state.status]
    if state.status != "ended":
        return found
    return found - ({OpenRating} if state.rating_opened else {RateDepartment, RateWhistle})


def _check_asker(state: Call, command: CallCommand) -> None:
    if isinstance(command, UnitCommand) and state.unit not in command.acting_for:
        raise NotTheCalledUnit(command=command_name(type(command)))
    if isinstance(command, TownCommand) and state.town not in command.acting_for:
        raise NotTheWhistlingTown(town=state.town, command=command_name(type(command)))


def _check_arrival(state: Call, command: ReportIn, now: datetime) -> None:
    earliest, latest = (state.called_at or now) - CLOCKS_DIFFER_BY, now + CLOCKS_DIFFER_BY
    if not earliest <= command.at <= latest:
        raise ArrivalOutOfTime(not_before=time_text(earliest), not_after=time_text(latest))


def _called(command: CallDepartment) -> DepartmentCalled:
    return DepartmentCalled(whistle_id=command.whistle_id, **terms_of(command.call))


def _by_unit(state: Call, command: AnswerCommand | WorkCommand) -> Sequence[Any]:
    match command:
        case ReportIn():
            return [_reported_in(state, command)]
        case NoteCallProgress():
            return [DepartmentProgressed(state.whistle_id, state.unit, command.note_ref)]
        case CompleteCall():
            return [DepartmentDone(state.whistle_id, state.unit, command.note_ref)]
        case _:
            return _answered(state, command)


def _answered(state: Call, command: AnswerCommand) -> Sequence[Any]:
    whistle, unit = state.whistle_id, state.unit
    match command:
        case ReceiveCall():
            return _received(state, command)
        case AcceptCall():
            known = state.accepted and command.office_ref in (None, state.office_ref)
            return [] if known else [CallAccepted(whistle, unit, command.office_ref)]
        case RefuseCall():
            known = state.status == "refused"
            return [] if known else [CallRefused(whistle, state.town, unit, command.reason_ref)]
        case _:
            assert_never(command)


def _received(state: Call, command: ReceiveCall) -> Sequence[Any]:
    if state.read and command.external_ref in (None, state.external_ref):
        return []
    return [CallReceived(state.whistle_id, state.unit, command.external_ref)]


def _reported_in(state: Call, command: ReportIn) -> DepartmentReportedIn:
    return DepartmentReportedIn(
        whistle_id=state.whistle_id,
        unit=state.unit,
        mode=command.mode,
        first=state.reported_in_at is None,
        lead=state.lead,
        persons=command.persons,
        office_ref=command.office_ref,
        at=command.at,
    )


def _refusal_answered(state: Call, command: InsistOnCall | ExcuseDepartment) -> Any:
    match command:
        case InsistOnCall():
            return CallInsisted(state.whistle_id, state.unit, state.kind, by=state.town)
        case ExcuseDepartment():
            return CallExcused(state.whistle_id, state.unit, by=state.town)
        case _:
            assert_never(command)


def _rated(state: Call, command: RateDepartment | RateWhistle) -> Any:
    """Return the rating of one side.

    Raises:
        AlreadyRated: That side has rated.
    """
    by_unit = isinstance(command, RateWhistle)
    if state.rated_by_unit if by_unit else state.rated_by_town:
        raise AlreadyRated()
    whistle, unit = state.whistle_id, state.unit
    match command:
        case RateWhistle():
            return WhistleRated(whistle, unit, command.needed, command.described)
        case RateDepartment():
            return DepartmentRated(
                whistle, unit, command.speed, command.cooperation, command.result
            )
        case _:
            assert_never(command)


def _by_reaction(state: Call, command: ReactionCommand) -> Sequence[Any]:
    whistle, unit = state.whistle_id, state.unit
    match command:
        case RemindDepartment():
            reminded = DepartmentReminded(whistle, unit, command.arming)
            unread = state.status == "called" and not state.second_path
            return [reminded, SecondPathTaken(whistle, unit, "phone_list")][: 1 + unread]
        case MarkOverdue():
            return [
                DepartmentOverdue(
                    whistle, unit, command.arming, command.step, command.late_by_seconds
                )
            ]
        case ReleaseDepartment():
            return [DepartmentReleased(whistle, unit)]
        case EndCall():
            there = state.status in ("present", "done")
            return [DepartmentReleased(whistle, unit) if there else CallWithdrawn(whistle, unit)]
        case OpenRating():
            return [RatingOpened(whistle, unit, state.town, command.outcome)]
        case _:
            assert_never(command)


CALL: Final = Aggregate("call", Call(), decide, evolve)
