"""What dispatch is made of, without a driver: for the real process and for whole-story tests."""

from typing import Final

from services.common.desk import Desk
from services.common.eventlog.catch_up import Consumer
from services.common.eventlog.projecting import Projector
from services.common.eventlog.reacting import Reactor
from services.dispatch.domain.registry import REGISTRIES
from services.dispatch.domain.work_order_rules import WORK_ORDERS
from services.dispatch.policies import POLICIES
from services.dispatch.projections import OPEN_WORK_ORDERS, READ_MODELS

AGGREGATES: Final = (WORK_ORDERS, REGISTRIES)
#: The logs that policies react to. Nothing in dispatch's own log asks dispatch for anything.
POLICY_LOGS: Final = ("intake", "escalation")
READ_MODEL_LOGS: Final = ("dispatch",)
follows: Final = (*POLICY_LOGS, *READ_MODEL_LOGS)


def consumers(desk: Desk) -> tuple[tuple[Consumer, tuple[str, ...]], ...]:
    """Return every consumer of dispatch with the logs that it follows."""
    policies = Reactor(
        "dispatch",
        policies=POLICIES,
        aggregates=AGGREGATES,
        log=desk.log,
        chart=desk.chart,
        clock=desk.clock,
    )
    lists = Projector(f"dispatch.{OPEN_WORK_ORDERS.name}", OPEN_WORK_ORDERS, desk.documents)
    return ((policies, POLICY_LOGS), (lists, READ_MODEL_LOGS))


__all__ = ["AGGREGATES", "POLICIES", "READ_MODELS", "consumers", "follows"]
