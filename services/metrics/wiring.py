"""What metrics is made of, without a driver: for the real process and for whole-story tests."""

from typing import Final

from services.common.following.batches import Consumer
from services.common.following.ports import Documents
from services.common.following.projecting import Projector
from services.metrics.books import consumer_of
from services.metrics.projections import READ_MODELS

#: Figures are shown anew every five seconds; a record moves several times in one.
RECORDED_BEHIND_SECONDS: Final = 1.0


def consumers(documents: Documents) -> tuple[Consumer, ...]:
    """Return every consumer of metrics."""
    return tuple(
        Projector(consumer_of(model.name), model, documents, RECORDED_BEHIND_SECONDS)
        for model in READ_MODELS
    )


__all__ = ["READ_MODELS", "consumers"]
