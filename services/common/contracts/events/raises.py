"""Events of a raise (`raise-<id>`): a village asks its town, the town answers.

Written by escalation alone.
"""

from dataclasses import dataclass

from services.common.contracts.event_types import event
from services.common.contracts.forms import Id, TextRef, UnitCode, Word


@event("RaiseReceived", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseReceived:
    """A village asks its town. Published by: escalation. Read by: the town's work list."""

    work_order_id: Id
    request_id: Id
    from_unit: UnitCode
    to_unit: UnitCode


@event("RaiseAccepted", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseAccepted:
    """The town takes over. Read by: escalation (meets *raise_answer*), dispatch (hands over)."""

    work_order_id: Id
    request_id: Id
    unit: UnitCode


@event("RaiseAdvisedBack", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseAdvisedBack:
    """The town advises the village. Read by: escalation (meets *raise_answer*), dispatch."""

    work_order_id: Id
    request_id: Id
    unit: UnitCode
    advice_ref: TextRef


@event("RaiseVoided", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseVoided:
    """The order went another way first. Read by: escalation (lifts *raise_answer*)."""

    work_order_id: Id
    request_id: Id
    reason: Word
