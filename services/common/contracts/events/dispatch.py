"""Events of a work order (`workOrder-<id>`) and of the registry, written by dispatch alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.contracts.event_types import event
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
    sha256: str
    entries: tuple[Mapping[str, Any], ...]


@event("WorkOrderDispatched", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderDispatched:
    """The order exists and one unit holds it; the explanation is stored with the decision.

    Published by: dispatch. Read by: escalation (meets *dispatch*, arms *acknowledge* and
    *resolution*), intake (status), metrics.
    """

    request_id: str
    category: str
    time_class: TimeClass
    holder: str
    first_receiver: str
    copied_to: tuple[str, ...]
    rule: str
    rule_inputs: Mapping[str, Any]
    fallback: bool
    promised_at: datetime
    place_code: str | None = None
    runner_up: str | None = None


@event("WorkOrderAcknowledged", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderAcknowledged:
    """The holder took it on. Published by: dispatch.

    Read by: escalation (meets *acknowledge*, arms *contact*), metrics.
    """

    request_id: str
    unit: str


@event("ReporterContacted", of="workOrder")
@dataclass(frozen=True, slots=True)
class ReporterContacted:
    """The handler's own mark; the reporter's answer stands beside it in the figures.

    Published by: dispatch. Read by: escalation (meets *contact* if spoken), metrics.
    """

    request_id: str
    unit: str
    result: ContactResult
    note_ref: str | None = None


@event("ProgressNoted", of="workOrder")
@dataclass(frozen=True, slots=True)
class ProgressNoted:
    """Something was done or seen; no clock moves. Published by: dispatch. Read by: metrics."""

    request_id: str
    unit: str
    note_ref: str


@event("WorkOrderRaised", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderRaised:
    """A village asks its town. The village holds the order until the town accepts.

    Published by: dispatch. Read by: escalation (opens the raise, arms *raise_answer*).
    """

    request_id: str
    from_unit: str
    to_unit: str
    raise_id: str
    reason_ref: str


@event("WorkOrderAdvisedBack", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderAdvisedBack:
    """The town advised; the order stays. Published by: dispatch. Read by: metrics."""

    request_id: str
    by_unit: str
    raise_id: str


@event("WorkOrderTransferProposed", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderTransferProposed:
    """The holder says another unit should have it, and keeps it until that unit accepts.

    Published by: dispatch. Read by: escalation (arms *transfer_answer*).
    """

    request_id: str
    from_unit: str
    to_unit: str
    reason_ref: str


@event("TransferDeclined", of="workOrder")
@dataclass(frozen=True, slots=True)
class TransferDeclined:
    """The unit asked said no. Read by: escalation (meets *transfer_answer*)."""

    request_id: str
    from_unit: str
    to_unit: str
    reason_ref: str


@event("WorkOrderHandedOver", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderHandedOver:
    """The holder changed. `held_seconds` is how long `from_unit` had it, gross.

    Published by: dispatch. Read by: escalation (new clocks for the new holder; an open raise is
    void unless `why` is raise), metrics (hand-overs, time per holder).
    """

    request_id: str
    from_unit: str
    to_unit: str
    why: HandOverWhy
    held_seconds: int
    raise_id: str | None = None


@event("WorkOrderWhistled", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderWhistled:
    """A whistle names this order. Published by: dispatch. Read by: metrics."""

    request_id: str
    whistle_id: str
    kind: WhistleKind


@event("WorkOrderConcluded", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderConcluded:
    """The whistle of this order is over. Published by: dispatch. Read by: metrics."""

    request_id: str
    whistle_id: str
    outcome: WorkOrderConclusion


@event("WorkOrderResolved", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderResolved:
    """The holder says what was done. `resolution` counts 1, 2, ...; only the reporter judges it.

    Published by: dispatch. Read by: intake (opens the follow-up), escalation (meets *resolution*).
    """

    request_id: str
    holder: str
    resolution: int
    path: ResolutionPath
    result_ref: str
    evidence_refs: tuple[str, ...] = ()


@event("WorkOrderReopened", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderReopened:
    """A new round at the same holder, since the reporter said no to `judged_resolution`.

    Published by: dispatch. Read by: escalation (arms *acknowledge* and *resolution*).
    """

    request_id: str
    holder: str
    judged_resolution: int


@event("WorkOrderClosed", of="workOrder")
@dataclass(frozen=True, slots=True)
class WorkOrderClosed:
    """The request ended, so the order did. Published by: dispatch. Read by: escalation, metrics."""

    request_id: str
    outcome: RequestOutcome
    raise_id: str | None = None  #: a raise that was still open
