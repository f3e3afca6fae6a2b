"""What may be asked of a work order: by people over HTTP, and by reactions.

`unit` is always the caller's own unit. Free texts are refs already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.contracts.command_names import command
from services.common.contracts.vocabulary import (
    ContactResult,
    RequestOutcome,
    ResolutionPath,
    TimeClass,
    WhistleKind,
    WorkOrderConclusion,
)

# -- by the holder -----------------------------------------------------------------------------


@command("AcknowledgeWorkOrder")
@dataclass(frozen=True, slots=True)
class AcknowledgeWorkOrder:
    """The holder takes it on."""

    unit: str


@command("RecordContact")
@dataclass(frozen=True, slots=True)
class RecordContact:
    """The holder tried to speak to the reporter."""

    unit: str
    result: ContactResult
    note_ref: str | None = None


@command("NoteProgress")
@dataclass(frozen=True, slots=True)
class NoteProgress:
    """The holder says what is going on."""

    unit: str
    note_ref: str


@command("RaiseWorkOrder")
@dataclass(frozen=True, slots=True)
class RaiseWorkOrder:
    """A village asks its town. `town` by the chart; None if `unit` is no village."""

    unit: str
    town: str | None
    reason_ref: str


@command("ProposeTransfer")
@dataclass(frozen=True, slots=True)
class ProposeTransfer:
    """The holder says that `to_unit` should have it. `can_hold`: whether it is a working unit."""

    unit: str
    to_unit: str
    can_hold: bool
    reason_ref: str


@command("ResolveWorkOrder")
@dataclass(frozen=True, slots=True)
class ResolveWorkOrder:
    """The holder says what was done. `evidence_required` by the chart, for the order's category."""

    unit: str
    path: ResolutionPath
    result_ref: str
    evidence_refs: tuple[str, ...]
    evidence_required: bool


# -- by others ---------------------------------------------------------------------------------


@command("AcceptTransfer")
@dataclass(frozen=True, slots=True)
class AcceptTransfer:
    """The unit asked takes the order."""

    unit: str


@command("DeclineTransfer")
@dataclass(frozen=True, slots=True)
class DeclineTransfer:
    """The unit asked says no."""

    unit: str
    reason_ref: str


@command("TakeOverWorkOrder")
@dataclass(frozen=True, slots=True)
class TakeOverWorkOrder:
    """A superior takes the order.

    `below`: every unit that `unit` stands above, by the chart; `can_hold`: whether it is a working
    unit itself.
    """

    unit: str
    below: frozenset[str]
    can_hold: bool


# -- by reactions -------------------------------------------------------------------------------


@command("DispatchWorkOrder")
@dataclass(frozen=True, slots=True)
class DispatchWorkOrder:
    """A forwarded request becomes an order, with the explanation of who gets it."""

    request_id: str
    category: str
    time_class: TimeClass
    holder: str
    copied_to: tuple[str, ...]
    rule: str
    rule_inputs: Mapping[str, Any]
    fallback: bool
    promised_at: datetime
    place_code: str | None
    runner_up: str | None


@command("AdviseBack")
@dataclass(frozen=True, slots=True)
class AdviseBack:
    """The town advised: the order stays with the village."""

    raise_id: str
    by_unit: str


@command("HandOver")
@dataclass(frozen=True, slots=True)
class HandOver:
    """The town accepted the raise."""

    raise_id: str
    to_unit: str


@command("WhistleOrder")
@dataclass(frozen=True, slots=True)
class WhistleOrder:
    """`town` blew a whistle that names this order."""

    whistle_id: str
    kind: WhistleKind
    town: str


@command("ConcludeWhistle")
@dataclass(frozen=True, slots=True)
class ConcludeWhistle:
    """A whistle that names this order is over."""

    whistle_id: str
    outcome: WorkOrderConclusion


@command("ReopenWorkOrder")
@dataclass(frozen=True, slots=True)
class ReopenWorkOrder:
    """The reporter said no to `judged_resolution`."""

    judged_resolution: int


@command("CloseWorkOrder")
@dataclass(frozen=True, slots=True)
class CloseWorkOrder:
    """The request ended."""

    outcome: RequestOutcome


HolderCommand = (
    AcknowledgeWorkOrder
    | RecordContact
    | NoteProgress
    | RaiseWorkOrder
    | ProposeTransfer
    | ResolveWorkOrder
)
OtherUnitCommand = AcceptTransfer | DeclineTransfer | TakeOverWorkOrder
ReactionCommand = (
    AdviseBack | HandOver | WhistleOrder | ConcludeWhistle | ReopenWorkOrder | CloseWorkOrder
)
Command = HolderCommand | OtherUnitCommand | ReactionCommand | DispatchWorkOrder
