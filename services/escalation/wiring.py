"""What escalation is made of, without a driver: for the real process and for whole-story tests.

Both tables of policies run over every commit; they never share a target, so their order is free.
"""

from collections.abc import Mapping
from typing import Final

from services.common.contracts.event_types import categories_of
from services.common.desk import Desk
from services.common.eventlog.catch_up import Consumer
from services.common.eventlog.projecting import Projector
from services.common.eventlog.reacting import Policy, Reactor
from services.escalation.caller import Caller, Line
from services.escalation.clock_policies import CLOCK_POLICIES
from services.escalation.clock_projections import DUE_TIMES, RINGS
from services.escalation.domain.call_rules import CALL
from services.escalation.domain.clock_rules import CLOCKS
from services.escalation.domain.duty import DUTY
from services.escalation.domain.raising import RAISE
from services.escalation.domain.whistle_rules import WHISTLE
from services.escalation.orphans import WATCHED_REQUESTS
from services.escalation.policies import POLICIES as OTHER_POLICIES
from services.escalation.projections import READ_MODELS as LISTS

AGGREGATES: Final = (RAISE, WHISTLE, CALL, DUTY, CLOCKS)
POLICIES: Final[Mapping[type, tuple[Policy, ...]]] = {
    kind: (*OTHER_POLICIES.get(kind, ()), *CLOCK_POLICIES.get(kind, ()))
    for kind in {**OTHER_POLICIES, **CLOCK_POLICIES}
}
READ_MODELS: Final = (*LISTS, DUE_TIMES, RINGS, WATCHED_REQUESTS)


def consumers(desk: Desk, line: Line) -> tuple[Consumer, ...]:
    """Return every consumer of escalation. Its policies follow its own log too.

    `line` is the way to departments' queues.
    """
    policies = Reactor(
        "escalation",
        follows=categories_of(POLICIES),
        policies=POLICIES,
        aggregates=AGGREGATES,
        log=desk.log,
        chart=desk.chart,
        clock=desk.clock,
    )
    return (
        policies,
        Caller(desk, line),
        *(Projector(f"escalation.{model.name}", model, desk.documents) for model in READ_MODELS),
    )


__all__ = ["AGGREGATES", "POLICIES", "READ_MODELS", "consumers"]
