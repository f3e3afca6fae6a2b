"""What intake is made of, without a driver: for the real process and for whole-story tests."""

from typing import Final

from services.common.desk import Desk
from services.common.eventlog.catch_up import Consumer
from services.common.eventlog.projecting import Projector, ReadModel
from services.common.eventlog.reacting import Reactor
from services.intake.domain.request_rules import REQUESTS
from services.intake.policies import POLICIES
from services.intake.projections import DESK_REQUESTS, INDEXES
from services.intake.receipts import codes_of

AGGREGATES: Final = (REQUESTS,)
#: The logs that policies react to. Nothing in intake's own log asks intake for anything.
POLICY_LOGS: Final = ("dispatch", "escalation")
READ_MODEL_LOGS: Final = ("intake",)
follows: Final = (*POLICY_LOGS, *READ_MODEL_LOGS)


def read_models(desk: Desk) -> tuple[ReadModel, ...]:
    """Return intake's read models; the one of lookup codes needs the reporters' keys."""
    return (DESK_REQUESTS, codes_of(desk.vault))


def consumers(desk: Desk) -> tuple[tuple[Consumer, tuple[str, ...]], ...]:
    """Return every consumer of intake with the logs that it follows."""
    policies = Reactor(
        "intake",
        policies=POLICIES,
        aggregates=AGGREGATES,
        log=desk.log,
        chart=desk.chart,
        clock=desk.clock,
    )
    lists = tuple(
        (Projector(f"intake.{model.name}", model, desk.documents), READ_MODEL_LOGS)
        for model in read_models(desk)
    )
    return ((policies, POLICY_LOGS), *lists)


__all__ = ["AGGREGATES", "INDEXES", "POLICIES", "consumers", "follows", "read_models"]
