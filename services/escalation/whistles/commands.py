"""Commands of a whistle. `acting_for`: the units that the asker acts for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.common.contracts.command_names import command
from services.common.contracts.events.escalation import DutyToAssign
from services.common.contracts.vocabulary import (
    ApprovedAs,
    CalledVia,
    WhistleKind,
    WhistleOutcome,
)


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """A work order as dispatch's log told it when the whistle was blown."""

    work_order_id: str
    request_id: str
    holder: str
    state: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """Whom the catalogue proposes to call."""

    lead: str
    support: tuple[str, ...]


@command("BlowWhistle")
@dataclass(frozen=True, slots=True)
class BlowWhistle:
    """A town calls agencies out. `via`: how each named unit is told, by unit code."""

    whistle_id: str
    acting_for: tuple[str, ...]
    orders: tuple[OrderSeen, ...]
    town: str
    kind: WhistleKind
    place_code: str
    category: str
    contact_office_ref: str
    lead: str
    support: tuple[str, ...]
    summary_ref: str
    via: tuple[tuple[str, CalledVia], ...]
    proposed: Proposed | None = None
    change_reason_ref: str | None = None
    meeting_at: datetime | None = None


@command("ApproveWhistle")
@dataclass(frozen=True, slots=True)
class ApproveWhistle:
    """The town's leader, or the deputy, agrees: the calls go out."""

    whistle_id: str
    acting_for: tuple[str, ...]
    approved_as: ApprovedAs
    via: tuple[tuple[str, CalledVia], ...]


@command("RejectWhistle")
@dataclass(frozen=True, slots=True)
class RejectWhistle:
    """The town's leader says no."""

    acting_for: tuple[str, ...]
    reason_ref: str


@command("WithdrawWhistle")
@dataclass(frozen=True, slots=True)
class WithdrawWhistle:
    """The town calls it off, before the joint action has begun."""

    acting_for: tuple[str, ...]
    reason_ref: str


@command("ReleaseUnits")
@dataclass(frozen=True, slots=True)
class ReleaseUnits:
    """The town lets `units` go (离场); none named: all that are there."""

    acting_for: tuple[str, ...]
    units: tuple[str, ...] = ()


@command("ConcludeWhistle")
@dataclass(frozen=True, slots=True)
class ConcludeWhistle:
    """The joint action is over.

    `in_town`: those of the called units and of the duties' units that belong to the town.
    `excused`: units that the town has let off; they are neither ended again nor asked to rate.
    """

    acting_for: tuple[str, ...]
    outcome: WhistleOutcome
    duties: tuple[DutyToAssign, ...]
    in_town: frozenset[str]
    excused: frozenset[str] = frozenset()


@command("DropOrder")
@dataclass(frozen=True, slots=True)
class DropOrder:
    """Dispatch would not have this order whistled; the others go on."""

    work_order_id: str
    reason: str


@command("MarkUnapproved")
@dataclass(frozen=True, slots=True)
class MarkUnapproved:
    """An emergency's approval is overdue."""

    late_by_seconds: int


@command("JoinUnit")
@dataclass(frozen=True, slots=True)
class JoinUnit:
    """A unit has come. Enough = the lead and numerator/denominator of the support, rounded up."""

    unit: str
    lead: bool
    quorum_numerator: int
    quorum_denominator: int


WhistleCommand = (
    BlowWhistle
    | ApproveWhistle
    | RejectWhistle
    | WithdrawWhistle
    | ReleaseUnits
    | ConcludeWhistle
    | DropOrder
    | MarkUnapproved
    | JoinUnit
)
TownCommand = ApproveWhistle | RejectWhistle | WithdrawWhistle | ReleaseUnits | ConcludeWhistle

#: What people may ask; the rest follows from events.
ASKABLE: Final[frozenset[type]] = frozenset(
    {ApproveWhistle, RejectWhistle, WithdrawWhistle, ReleaseUnits, ConcludeWhistle}
)
