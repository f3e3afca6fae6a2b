"""What intake is made of, without a driver: for the real process and for whole-story tests."""

from typing import Final

from services.common.contracts.event_types import categories_of
from services.common.desk import Desk
from services.common.following.batches import Consumer
from services.common.following.projecting import Projector, ReadModel
from services.common.following.reacting import Reactor
from services.intake.domain.request_rules import REQUESTS
from services.intake.projections import DESK_REQUESTS, consumer_of
from services.intake.reactions import REACTIONS
from services.intake.receipts import codes_of

AGGREGATES: Final = (REQUESTS,)


def read_models(desk: Desk) -> tuple[ReadModel, ...]:
    """Return intake's read models; the one of lookup codes needs the reporters' keys."""
    return (DESK_REQUESTS, codes_of(desk.vault))


def consumers(desk: Desk) -> tuple[Consumer, ...]:
    """Return every consumer of intake."""
    reactions = Reactor(
        "intake",
        follows=categories_of(REACTIONS),
        reactions=REACTIONS,
        aggregates=AGGREGATES,
        log=desk.log,
        chart=desk.chart,
        clock=desk.clock,
        known=desk.known,
    )
    lists = (
        Projector(consumer_of(model.name), model, desk.documents) for model in read_models(desk)
    )
    return (reactions, *lists)


__all__ = ["AGGREGATES", "REACTIONS", "consumers", "read_models"]
