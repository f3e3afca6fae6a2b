"""A raise (上报): a village asks its town. received -> accepted | advised back | voided.

An accepted raise is voided when dispatch refuses the hand-over: the order went another way first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, assert_never

from services.common.contracts.command_names import command, command_name
from services.common.contracts.events.escalation import (
    RaiseAccepted,
    RaiseAdvisedBack,
    RaiseReceived,
    RaiseVoided,
)
from services.common.errors import NotFound
from services.common.eventlog.folding import Aggregate
from services.common.steps import check_step
from services.escalation.errors import NotTheUnitAsked

RaiseStatus = Literal["absent", "received", "accepted", "advised_back", "voided"]


@dataclass(frozen=True, slots=True)
class Raise:
    """What the rules need to know of a raise."""

    status: RaiseStatus = "absent"
    work_order_id: str = ""
    request_id: str = ""
    from_unit: str = ""
    to_unit: str = ""
    advice_ref: str | None = None
    void_reason: str | None = None
    received_at: datetime | None = None


@command("OpenRaise")
@dataclass(frozen=True, slots=True)
class OpenRaise:
    """Open it: dispatch has let the village ask."""

    work_order_id: str
    request_id: str
    from_unit: str
    to_unit: str


@command("AcceptRaise")
@dataclass(frozen=True, slots=True)
class AcceptRaise:
    """The town takes the order over. `acting_for`: the units that the asker acts for."""

    acting_for: tuple[str, ...]


@command("AdviseBack")
@dataclass(frozen=True, slots=True)
class AdviseBack:
    """The town tells the village what to do; the order stays there."""

    acting_for: tuple[str, ...]
    advice_ref: str


@command("VoidRaise")
@dataclass(frozen=True, slots=True)
class VoidRaise:
    """The order went another way: `reason` is a fixed word or the slug of dispatch's refusal."""

    reason: str


RaiseCommand = OpenRaise | AcceptRaise | AdviseBack | VoidRaise
RaiseEvent = RaiseReceived | RaiseAccepted | RaiseAdvisedBack | RaiseVoided

ASKABLE: Final = frozenset({AcceptRaise, AdviseBack})
STEPS: Final[Mapping[RaiseStatus, frozenset[type]]] = {
    "absent": frozenset({OpenRaise}),
    "received": frozenset({AcceptRaise, AdviseBack, VoidRaise}),
    "accepted": frozenset({VoidRaise}),
    "advised_back": frozenset(),
    "voided": frozenset(),
}


def decide(state: Raise, command: RaiseCommand, at: datetime) -> list[RaiseEvent]:  # noqa: ARG001
    """Return what `command` causes.

    Raises:
        NotFound: There is no such raise.
        NotTheUnitAsked: Another unit answers.
        NotAllowedNow: It was answered or voided before.
    """
    if state.status == "absent" and not isinstance(command, OpenRaise):
        raise NotFound(what="raise")
    if isinstance(command, AcceptRaise | AdviseBack) and state.to_unit not in command.acting_for:
        raise NotTheUnitAsked(unit=state.to_unit, command=command_name(type(command)))
    check_step(state.status, type(command), STEPS[state.status], ASKABLE)
    return [_event(state, command)]


def _event(state: Raise, command: RaiseCommand) -> RaiseEvent:
    order, request = state.work_order_id, state.request_id
    match command:
        case OpenRaise():
            return RaiseReceived(
                work_order_id=command.work_order_id,
                request_id=command.request_id,
                from_unit=command.from_unit,
                to_unit=command.to_unit,
            )
        case AcceptRaise():
            return RaiseAccepted(work_order_id=order, request_id=request, unit=state.to_unit)
        case AdviseBack():
            return RaiseAdvisedBack(
                work_order_id=order,
                request_id=request,
                unit=state.to_unit,
                advice_ref=command.advice_ref,
            )
        case VoidRaise():
            return RaiseVoided(work_order_id=order, request_id=request, reason=command.reason)
        case _:
            assert_never(command)


def evolve(state: Raise, event: Any, at: datetime) -> Raise:
    """Return `state` after `event`; an event of another kind changes nothing."""
    match event:
        case RaiseReceived():
            return Raise(
                status="received",
                work_order_id=event.work_order_id,
                request_id=event.request_id,
                from_unit=event.from_unit,
                to_unit=event.to_unit,
                received_at=at,
            )
        case RaiseAccepted():
            return replace(state, status="accepted")
        case RaiseAdvisedBack():
            return replace(state, status="advised_back", advice_ref=event.advice_ref)
        case RaiseVoided():
            return replace(state, status="voided", void_reason=event.reason)
        case _:
            return state


RAISE: Final = Aggregate("raise", Raise(), decide, evolve)
