"""Events of a work order (`workOrder-<id>`) and of the registry, written by dispatch alone.

Whoever needs to know where an order stands folds that from these events, in the words and as
coarsely as it needs: dispatch to decide (`domain/work_order.py`), intake for the reporter's eyes
(`domain/order_progress.py`), escalation for who may whistle (`whistles/orders.py`), metrics for its
figures (`request_part.py`). That is on purpose: these events are what services share, and a state
that they shared beside would bind one service's rules to another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.contracts.event_types import event
from services.common.contracts.forms import CategoryCode, Codes, Id, Sha256, TextRef, UnitCode, Word
from services.common.contracts.vocabulary import (
    ContactResult,
    HandOverWhy,
    RegistryKind,
    RequestOutcome,
    ResolutionPath,
    TimeClass,
    WhistleKind,
    WorkOrderConclusion,
)


@event("RegistryAdopted", of="registry")
@dataclass(frozen=True, slots=True)
class RegistryAdopted:
    """A whole registry table, in force from `effective_at`; running orders keep the older one.

    Published by: dispatch. Read by: all four, each folds its own chart.
    """

    kind: RegistryKind
    effective_at: datetime
    sha256: Sha256
    entries: tuple[Mapping[str, Any], ...]


@event("WorkOrderDispatched", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderDispatched:
    """The order exists and one unit holds it; the explanation is stored with the decision.

    Published by: dispatch. Read by: escalation (meets *dispatch*, arms *acknowledge* and
    *resolution*), intake (status), metrics.
    """

    request_id: Id
    category: CategoryCode
    time_class: TimeClass
    holder: UnitCode
    first_receiver: UnitCode
    copied_to: tuple[UnitCode, ...]
    rule: Word
    rule_inputs: Codes
    fallback: bool
    promised_at: datetime
    place_code: UnitCode | None = None
    runner_up: UnitCode | None = None


@event("WorkOrderAcknowledged", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderAcknowledged:
    """The holder took it on. Published by: dispatch.

    Read by: escalation (meets *acknowledge*, arms *contact*), metrics.
    """

    request_id: Id
    unit: UnitCode


@event("ReporterContacted", of="workOrder")
@dataclass(frozen=True, slots=True)
class ReporterContacted:
    """The handler's own mark; the reporter's answer stands beside it in the figures.

    Published by: dispatch. Read by: escalation (meets *contact* if spoken), metrics.
    """

    request_id: Id
    unit: UnitCode
    result: ContactResult
    note_ref: TextRef | None = None


@event("ProgressNoted", of="workOrder")
@dataclass(frozen=True, slots=True)
class ProgressNoted:
    """Something was done or seen; no clock moves. Published by: dispatch. Read by: metrics."""

    request_id: Id
    unit: UnitCode
    note_ref: TextRef


@event("WorkOrderRaised", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderRaised:
    """A village asks its town. The village holds the order until the town accepts.

    Published by: dispatch. Read by: escalation (opens the raise, arms *raise_answer*).
    """

    request_id: Id
    from_unit: UnitCode
    to_unit: UnitCode
    raise_id: Id
    reason_ref: TextRef


@event("WorkOrderAdvisedBack", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderAdvisedBack:
    """The town advised; the order stays. Published by: dispatch. Read by: metrics."""

    request_id: Id
    by_unit: UnitCode
    raise_id: Id


@event("WorkOrderTransferProposed", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderTransferProposed:
    """The holder says another unit should have it, and keeps it until that unit accepts.

    Published by: dispatch. Read by: escalation (arms *transfer_answer*).
    """

    request_id: Id
    from_unit: UnitCode
    to_unit: UnitCode
    reason_ref: TextRef


@event("TransferDeclined", of="workOrder")
@dataclass(frozen=True, slots=True)
class TransferDeclined:
    """The unit asked said no. Read by: escalation (meets *transfer_answer*)."""

    request_id: Id
    from_unit: UnitCode
    to_unit: UnitCode
    reason_ref: TextRef


@event("WorkOrderHandedOver", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderHandedOver:
    """The holder changed. `held_seconds` is how long `from_unit` had it, gross.

    Published by: dispatch. Read by: escalation (new clocks for the new holder; an open raise is
    void unless `why` is raise), metrics (hand-overs, time per holder).
    """

    request_id: Id
    from_unit: UnitCode
    to_unit: UnitCode
    why: HandOverWhy
    held_seconds: int
    raise_id: Id | None = None


@event("WorkOrderWhistled", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderWhistled:
    """A whistle names this order. Published by: dispatch. Read by: metrics."""

    request_id: Id
    whistle_id: Id
    kind: WhistleKind


@event("WorkOrderConcluded", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderConcluded:
    """The whistle of this order is over. Published by: dispatch. Read by: metrics."""

    request_id: Id
    whistle_id: Id
    outcome: WorkOrderConclusion


@event("WorkOrderResolved", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderResolved:
    """The holder says what was done. `resolution` counts 1, 2, ...; only the reporter judges it.

    Published by: dispatch. Read by: intake (opens the follow-up), escalation (meets *resolution*).
    """

    request_id: Id
    holder: UnitCode
    resolution: int
    path: ResolutionPath
    result_ref: TextRef
    evidence_refs: tuple[TextRef, ...] = ()


@event("WorkOrderReopened", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderReopened:
    """A new round at the same holder, since the reporter said no to `judged_resolution`.

    Published by: dispatch. Read by: escalation (arms *acknowledge* and *resolution*).
    """

    request_id: Id
    holder: UnitCode
    judged_resolution: int


@event("WorkOrderClosed", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderClosed:
    """The request ended, so the order did. Published by: dispatch. Read by: escalation, metrics."""

    request_id: Id
    outcome: RequestOutcome
    raise_id: Id | None = None  #: a raise that was still open
