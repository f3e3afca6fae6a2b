"""A standing duty (e.g. a village's daily patrol 巡查): fixed slots, no drift, until its end.

Slot n lies in (assigned + (n-1) x every, assigned + n x every]. A missed slot is only the clock's
affair, save the last: it ends the duty as a check-in in it would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, assert_never

from services.common.contracts.codec import time_text
from services.common.contracts.command_names import command, command_name
from services.common.contracts.events.escalation import (
    DutyCheckedIn,
    StandingDutyAssigned,
    StandingDutyEnded,
)
from services.common.errors import NotFound
from services.common.eventlog.folding import Aggregate
from services.common.steps import check_step
from services.escalation.errors import DutyOver, NotTheDutysUnit

DutyStatus = Literal["absent", "assigned", "ended"]


@dataclass(frozen=True, slots=True)
class Duty:
    """What the rules need to know of a standing duty."""

    status: DutyStatus = "absent"
    whistle_id: str = ""
    unit: str = ""
    what_ref: str = ""
    every_seconds: int = 0
    assigned_at: datetime | None = None
    until_at: datetime | None = None
    kept: tuple[int, ...] = ()  #: slots checked in for, ascending
    last_note_ref: str | None = None
    missed_slots: int | None = None  #: known at the end

    @property
    def slots(self) -> int:
        """How many slots end by `until_at`."""
        if self.assigned_at is None or self.until_at is None:
            return 0
        return (self.until_at - self.assigned_at) // timedelta(seconds=self.every_seconds)

    def slot_at(self, at: datetime) -> int:
        """Return the number of the slot that `at` lies in, from 1."""
        if self.assigned_at is None:
            return 0
        return max(1, -((self.assigned_at - at) // timedelta(seconds=self.every_seconds)))


@command("AssignDuty")
@dataclass(frozen=True, slots=True)
class AssignDuty:
    """Give a unit a standing duty that a conclusion leaves behind."""

    whistle_id: str
    unit: str
    what_ref: str
    every_seconds: int
    until_at: datetime


@command("CheckInDuty")
@dataclass(frozen=True, slots=True)
class CheckInDuty:
    """The duty was done for the present slot. `acting_for`: the units the asker acts for."""

    acting_for: tuple[str, ...]
    note_ref: str | None = None


@command("MissSlot")
@dataclass(frozen=True, slots=True)
class MissSlot:
    """Nobody checked in for the slot that ended at `due_at`."""

    due_at: datetime


DutyCommand = AssignDuty | CheckInDuty | MissSlot

ASKABLE: Final[frozenset[type]] = frozenset({CheckInDuty})
STEPS: Final[Mapping[DutyStatus, frozenset[type]]] = {
    "absent": frozenset({AssignDuty}),
    "assigned": frozenset({CheckInDuty, MissSlot}),
    "ended": frozenset(),
}


def decide(state: Duty, command: DutyCommand, at: datetime) -> Sequence[Any]:
    """Return what `command` causes. Checking in twice for a slot yields no event.

    Raises:
        NotFound: There is no such duty.
        NotTheDutysUnit: The asker acts for another unit.
        NotAllowedNow: The duty has ended.
        DutyOver: The last slot is over.
    """
    if state.status == "absent" and not isinstance(command, AssignDuty):
        raise NotFound(what="duty")
    if isinstance(command, CheckInDuty) and state.unit not in command.acting_for:
        raise NotTheDutysUnit(unit=state.unit, command=command_name(CheckInDuty))
    check_step(state.status, type(command), STEPS[state.status], ASKABLE)
    match command:
        case AssignDuty():
            return [_assigned(command)]
        case CheckInDuty():
            return _checked_in(state, command, at)
        case MissSlot():
            over = state.slot_at(command.due_at) >= state.slots
            return [_ended(state, len(state.kept))] if over else []
        case _:
            assert_never(command)


def _assigned(command: AssignDuty) -> StandingDutyAssigned:
    return StandingDutyAssigned(
        whistle_id=command.whistle_id,
        unit=command.unit,
        what_ref=command.what_ref,
        every_seconds=command.every_seconds,
        until_at=command.until_at,
    )


def _checked_in(state: Duty, command: CheckInDuty, at: datetime) -> Sequence[Any]:
    slot = state.slot_at(at)
    if slot > state.slots:
        raise DutyOver(until_at=time_text(state.until_at or at))
    if slot in state.kept:
        return []
    checked_in = DutyCheckedIn(state.whistle_id, state.unit, slot, command.note_ref)
    if slot < state.slots:
        return [checked_in]
    return [checked_in, _ended(state, len(state.kept) + 1)]


def _ended(state: Duty, kept: int) -> StandingDutyEnded:
    return StandingDutyEnded(
        whistle_id=state.whistle_id,
        unit=state.unit,
        kept_slots=kept,
        missed_slots=max(0, state.slots - kept),
    )


def evolve(state: Duty, event: Any, at: datetime) -> Duty:
    """Return `state` after `event`; an event of another kind changes nothing."""
    match event:
        case StandingDutyAssigned():
            return Duty(
                status="assigned",
                whistle_id=event.whistle_id,
                unit=event.unit,
                what_ref=event.what_ref,
                every_seconds=event.every_seconds,
                assigned_at=at,
                until_at=event.until_at,
            )
        case DutyCheckedIn():
            return replace(
                state,
                kept=(*state.kept, event.slot),
                last_note_ref=event.note_ref or state.last_note_ref,
            )
        case StandingDutyEnded():
            return replace(state, status="ended", missed_slots=event.missed_slots)
        case _:
            return state


DUTY: Final = Aggregate("duty", Duty(), decide, evolve)
