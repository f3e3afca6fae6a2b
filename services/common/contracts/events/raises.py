"""Events of a raise (`raise-<id>`): a village asks its town, the town answers.

Written by escalation alone.
"""

from dataclasses import dataclass

from services.common.contracts.event_types import event


@event("RaiseReceived", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseReceived:
    """A village asks its town. Published by: escalation. Read by: the town's work list."""

    work_order_id: str
    request_id: str
    from_unit: str
    to_unit: str


@event("RaiseAccepted", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseAccepted:
    """The town takes over. Read by: escalation (meets *raise_answer*), dispatch (hands over)."""

    work_order_id: str
    request_id: str
    unit: str


@event("RaiseAdvisedBack", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseAdvisedBack:
    """The town advises the village. Read by: escalation (meets *raise_answer*), dispatch."""

    work_order_id: str
    request_id: str
    unit: str
    advice_ref: str


@event("RaiseVoided", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseVoided:
    """The order went another way first. Read by: escalation (lifts *raise_answer*)."""

    work_order_id: str
    request_id: str
    reason: str
