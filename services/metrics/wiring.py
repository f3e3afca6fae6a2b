"""What metrics is made of, without a driver: for the real process and for whole-story tests."""

from typing import Final

from services.common.eventlog.catch_up import Consumer
from services.common.eventlog.ports import Documents
from services.common.eventlog.projecting import Projector
from services.metrics.projections import READ_MODELS

#: A record joins streams of all three.
follows: Final = ("intake", "dispatch", "escalation")


def consumers(documents: Documents) -> tuple[tuple[Consumer, tuple[str, ...]], ...]:
    """Return every consumer of metrics with the logs that it follows."""
    return tuple(
        (Projector(f"metrics.{model.name}", model, documents), follows) for model in READ_MODELS
    )


__all__ = ["READ_MODELS", "consumers", "follows"]
