"""What dispatch is made of, without a driver: for the real process and for whole-story tests."""

from typing import Final

from services.common.contracts.event_types import categories_of
from services.common.desk import Desk
from services.common.following.batches import Consumer
from services.common.following.projecting import Projector
from services.common.following.reacting import Reactor
from services.dispatch.domain.registry import REGISTRIES
from services.dispatch.domain.work_order_rules import WORK_ORDERS
from services.dispatch.projections import READ_MODELS
from services.dispatch.reactions import REACTIONS

AGGREGATES: Final = (WORK_ORDERS, REGISTRIES)


def consumers(desk: Desk) -> tuple[Consumer, ...]:
    """Return every consumer of dispatch."""
    reactions = Reactor(
        "dispatch",
        follows=categories_of(REACTIONS),
        reactions=REACTIONS,
        aggregates=AGGREGATES,
        log=desk.log,
        chart=desk.chart,
        clock=desk.clock,
        known=desk.known,
    )
    lists = (Projector(f"dispatch.{model.name}", model, desk.documents) for model in READ_MODELS)
    return (reactions, *lists)


__all__ = ["AGGREGATES", "REACTIONS", "READ_MODELS", "consumers"]
