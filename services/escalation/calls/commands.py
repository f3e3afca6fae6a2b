"""Commands of a call. `acting_for`: the units that the asker acts for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.common.contracts.command_names import command
from services.common.contracts.events.escalation import CallToMake
from services.common.contracts.vocabulary import ReportInMode, WhistleOutcome


@command("CallDepartment")
@dataclass(frozen=True, slots=True)
class CallDepartment:
    """Call a unit out, as its whistle says."""

    whistle_id: str
    call: CallToMake


# -- the called unit -------------------------------------------------------------------------------


@command("ReceiveCall")
@dataclass(frozen=True, slots=True)
class ReceiveCall:
    """The unit has read it, and may name it in its own books."""

    acting_for: tuple[str, ...]
    external_ref: str | None = None


@command("AcceptCall")
@dataclass(frozen=True, slots=True)
class AcceptCall:
    """The unit will come."""

    acting_for: tuple[str, ...]
    office_ref: str | None = None


@command("RefuseCall")
@dataclass(frozen=True, slots=True)
class RefuseCall:
    """The unit says it is not theirs."""

    acting_for: tuple[str, ...]
    reason_ref: str


@command("ReportIn")
@dataclass(frozen=True, slots=True)
class ReportIn:
    """The unit is there. `at` is what it says; only our own time counts for the limit."""

    acting_for: tuple[str, ...]
    mode: ReportInMode
    persons: int
    office_ref: str
    at: datetime


@command("NoteCallProgress")
@dataclass(frozen=True, slots=True)
class NoteCallProgress:
    """What the unit did so far."""

    acting_for: tuple[str, ...]
    note_ref: str


@command("CompleteCall")
@dataclass(frozen=True, slots=True)
class CompleteCall:
    """The unit has done its part, and stays until it is released."""

    acting_for: tuple[str, ...]
    note_ref: str


@command("RateWhistle")
@dataclass(frozen=True, slots=True)
class RateWhistle:
    """The unit rates the whistle, 1-5."""

    acting_for: tuple[str, ...]
    needed: int
    described: int


# -- the town --------------------------------------------------------------------------------------


@command("InsistOnCall")
@dataclass(frozen=True, slots=True)
class InsistOnCall:
    """The town insists: the call stands."""

    acting_for: tuple[str, ...]


@command("ExcuseDepartment")
@dataclass(frozen=True, slots=True)
class ExcuseDepartment:
    """The town lets the unit off."""

    acting_for: tuple[str, ...]


@command("RateDepartment")
@dataclass(frozen=True, slots=True)
class RateDepartment:
    """The town rates the unit, 1-5."""

    acting_for: tuple[str, ...]
    speed: int
    cooperation: int
    result: int


# -- what follows from events ----------------------------------------------------------------------


@command("RemindDepartment")
@dataclass(frozen=True, slots=True)
class RemindDepartment:
    """Half of the time to report in is gone."""

    arming: int


@command("MarkOverdue")
@dataclass(frozen=True, slots=True)
class MarkOverdue:
    """The time to report in, or that of a step of the ladder, is gone."""

    arming: int
    step: int
    late_by_seconds: int


@command("ReleaseDepartment")
@dataclass(frozen=True, slots=True)
class ReleaseDepartment:
    """The town has released the unit."""


@command("EndCall")
@dataclass(frozen=True, slots=True)
class EndCall:
    """The whistle is over: who is there is released, who isn't need not come."""


@command("OpenRating")
@dataclass(frozen=True, slots=True)
class OpenRating:
    """Ask both sides for their ratings."""

    outcome: WhistleOutcome


AnswerCommand = ReceiveCall | AcceptCall | RefuseCall
WorkCommand = ReportIn | NoteCallProgress | CompleteCall
UnitCommand = AnswerCommand | WorkCommand | RateWhistle
TownCommand = InsistOnCall | ExcuseDepartment | RateDepartment
ReactionCommand = RemindDepartment | MarkOverdue | ReleaseDepartment | EndCall | OpenRating
CallCommand = CallDepartment | UnitCommand | TownCommand | ReactionCommand

UNIT_COMMANDS: Final[frozenset[type]] = frozenset(
    {ReceiveCall, AcceptCall, RefuseCall, ReportIn, NoteCallProgress, CompleteCall, RateWhistle}
)
#: What people may ask; the rest follows from events.
ASKABLE: Final[frozenset[type]] = UNIT_COMMANDS | {InsistOnCall, ExcuseDepartment, RateDepartment}
