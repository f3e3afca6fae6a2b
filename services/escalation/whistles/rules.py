"""What a whistle does: its state machine, its quorum and its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from services.common.chart import quorum
from services.common.contracts.codec import time_text
from services.common.contracts.command_names import command_name
from services.common.contracts.events.escalation import (
    DutyToAssign,
    JointActionBegun,
    UnitJoined,
    UnitsReleased,
    WhistleApproved,
    WhistleConcluded,
    WhistleMarkedUnapproved,
    WhistleOrderDropped,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.errors import NotFound
from services.common.eventlog.folding import Aggregate
from services.common.steps import check_step
from services.escalation.errors import (
    ActionNotBegun,
    DutyOutsideTown,
    DutyTooShort,
    NotTheWhistlingTown,
    UnitNotHere,
)
from services.escalation.whistles.blowing import blown, calls_of
from services.escalation.whistles.commands import (
    ASKABLE,
    ApproveWhistle,
    BlowWhistle,
    ConcludeWhistle,
    DropOrder,
    JoinUnit,
    MarkUnapproved,
    RejectWhistle,
    ReleaseUnits,
    TownCommand,
    WhistleCommand,
    WithdrawWhistle,
)
from services.escalation.whistles.whistle import Whistle, WhistleStatus, evolve

STEPS: Final[Mapping[WhistleStatus, frozenset[type]]] = {
    "absent": frozenset({BlowWhistle}),
    "blown": frozenset(
        {ApproveWhistle, RejectWhistle, JoinUnit, ReleaseUnits, WithdrawWhistle}
        | {DropOrder, MarkUnapproved}
    ),
    "approved": frozenset({JoinUnit, ReleaseUnits, ConcludeWhistle, WithdrawWhistle, DropOrder}),
    "acting": frozenset(
        {ApproveWhistle, JoinUnit, ReleaseUnits, ConcludeWhistle, DropOrder, MarkUnapproved}
    ),
    "rejected": frozenset(),
    "withdrawn": frozenset(),
    "concluded": frozenset(),
}
NO_ORDER_LEFT: Final = "no_order_left"


def decide(state: Whistle, command: WhistleCommand, at: datetime) -> Sequence[Any]:
    """Return what `command` causes.

    Raises:
        NotFound: There is no such whistle.
        NotTheWhistlingTown: The asker acts for another unit.
        NotAllowedNow: The state machine has no such step from here.
        UnitNotHere, ActionNotBegun, DutyOutsideTown, DutyTooShort, and what `blowing` raises: See
            there.
    """
    if state.status == "absent" and not isinstance(command, BlowWhistle):
        raise NotFound(what="whistle")
    if isinstance(command, TownCommand) and state.town not in command.acting_for:
        raise NotTheWhistlingTown(town=state.town, command=command_name(type(command)))
    check_step(state.status, type(command), possible(state), ASKABLE)
    match command:
        case BlowWhistle():
            return [blown(command, at)]
        case DropOrder():
            return _dropped(state, command)
        case MarkUnapproved():
            return _marked(state, command)
        case JoinUnit():
            return _joined(state, command)
        case _:
            return [_by_town(state, command, at)]


def _by_town(state: Whistle, command: TownCommand, at: datetime) -> Any:
    match command:
        case ApproveWhistle():
            return _approved(state, command)
        case RejectWhistle() | WithdrawWhistle():
            return _ended_early(state, command)
        case ReleaseUnits():
            return _released(state, command)
        case ConcludeWhistle():
            return _concluded(state, command, at)
        case _:
            assert_never(command)


def possible(state: Whistle) -> frozenset[type]:
    """Return the commands that the state machine has for `state`.

    Only an emergency is joined while blown, marked as unapproved, and approved while it acts; it
    is rejected only while nobody has joined.
    """
    found = STEPS[state.status]
    if not state.emergency:
        found -= {MarkUnapproved}
    if state.status == "blown" and not state.emergency:
        found -= {JoinUnit, ReleaseUnits}
    if state.joined:
        found -= {RejectWhistle}
    if state.status == "acting" and (not state.emergency or state.approved_as is not None):
        found -= {ApproveWhistle, MarkUnapproved}
    return found


def _approved(state: Whistle, command: ApproveWhistle) -> WhistleApproved:
    calls = () if state.emergency else calls_of(command.whistle_id, state, command.via)
    return WhistleApproved(approved_as=command.approved_as, call_now=calls)


def _ended_early(
    state: Whistle, command: RejectWhistle | WithdrawWhistle
) -> WhistleRejected | WhistleWithdrawn:
    if isinstance(command, RejectWhistle):
        return WhistleRejected(
            reason_ref=command.reason_ref,
            open_calls=open_calls(state),
            work_orders=state.work_orders,
        )
    return WhistleWithdrawn(
        open_calls=open_calls(state), work_orders=state.work_orders, reason_ref=command.reason_ref
    )


def open_calls(state: Whistle, excused: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the ids of the calls that nobody has ended yet."""
    over = {*state.released, *excused}
    return tuple(each.call_id for each in state.called if each.unit not in over)


def _released(state: Whistle, command: ReleaseUnits) -> UnitsReleased:
    units = tuple(dict.fromkeys(command.units)) or state.here
    for unit in units:
        if unit not in state.here:
            raise UnitNotHere(unit=unit, allowed=state.here)
    if not units:
        raise UnitNotHere(unit="-")
    ids = {each.unit: each.call_id for each in state.called}
    return UnitsReleased(units=units, call_ids=tuple(ids[unit] for unit in units), by=state.town)


def _concluded(state: Whistle, command: ConcludeWhistle, at: datetime) -> WhistleConcluded:
    if state.status == "approved" and command.outcome != "unsolved":
        raise ActionNotBegun(outcome=command.outcome, allowed=("unsolved",))
    for duty in command.duties:
        _check_duty(state, command, duty, at)
    outside = [each for each in state.called if each.unit not in command.in_town]
    return WhistleConcluded(
        outcome=command.outcome,
        duties=command.duties,
        open_calls=open_calls(state, command.excused),
        to_rate=tuple(each.call_id for each in outside if each.unit not in command.excused),
        work_orders=state.work_orders,
    )


def _check_duty(state: Whistle, command: ConcludeWhistle, duty: DutyToAssign, at: datetime) -> None:
    if duty.unit not in command.in_town and duty.unit not in state.named:
        raise DutyOutsideTown(unit=duty.unit)
    if at + timedelta(seconds=duty.every_seconds) > duty.until_at:
        raise DutyTooShort(until_at=time_text(duty.until_at))


def _dropped(state: Whistle, command: DropOrder) -> Sequence[Any]:
    """A whistle without an order is withdrawn; one that acts already goes on to its conclusion."""
    dropped = WhistleOrderDropped(work_order_id=command.work_order_id, reason=command.reason)
    left = [each for each in state.work_orders if each.work_order_id != command.work_order_id]
    if len(left) == len(state.work_orders):
        return []
    if left or state.status == "acting":
        return [dropped]
    withdrawn = WhistleWithdrawn(open_calls=open_calls(state), work_orders=(), reason=NO_ORDER_LEFT)
    return [dropped, withdrawn]


def _marked(state: Whistle, command: MarkUnapproved) -> Sequence[Any]:
    if state.unapproved:
        return []
    return [WhistleMarkedUnapproved(late_by_seconds=command.late_by_seconds)]


def _joined(state: Whistle, command: JoinUnit) -> Sequence[Any]:
    if command.unit in state.joined:
        return []
    if command.unit not in {each.unit for each in state.called}:
        check_step(state.status, JoinUnit, possible(state) - {JoinUnit}, ASKABLE)  # refuses
    joined = UnitJoined(unit=command.unit, lead=command.lead)
    here = {*state.here, command.unit}
    if state.status == "acting" or not _enough(state, here, command):
        return [joined]
    present = tuple(unit for unit in state.named if unit in here)
    return [joined, JointActionBegun(present=present)]


def _enough(state: Whistle, here: set[str], command: JoinUnit) -> bool:
    needed = quorum(len(state.support), command.quorum_numerator, command.quorum_denominator)
    return state.lead in here and len(here & set(state.support)) >= needed


WHISTLE: Final = Aggregate("whistle", Whistle(), decide, evolve)
