"""What metrics is made of, without a driver: for the real process and for whole-story tests."""

from services.common.following.batches import Consumer
from services.common.following.ports import Documents
from services.common.following.projecting import Projector
from services.metrics.books import consumer_of
from services.metrics.projections import READ_MODELS


def consumers(documents: Documents) -> tuple[Consumer, ...]:
    """Return every consumer of metrics."""
    return tuple(Projector(consumer_of(model.name), model, documents) for model in READ_MODELS)


__all__ = ["READ_MODELS", "consumers"]
