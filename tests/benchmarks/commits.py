"""Commits like those of the product: about 700 bytes of body, streams of a few versions."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from services.common.contracts.commit import Actor, Cause, Commit, Draft, Happened, Tip, sealed
from services.common.contracts.events.dispatch import WorkOrderRaised
from services.common.contracts.streams import raise_id, work_order_stream

VERSIONS = 5  #: commits a stream
CHART = {"registry-units": 1, "registry-duties": 1, "registry-policies": 1}


def draft(order_id: str, version: int) -> Draft:
    """Return a village's word that it can't do this alone."""
    at = datetime.now(UTC)
    raised = WorkOrderRaised(
        request_id=str(uuid.uuid4()),
        raise_id=raise_id(order_id, version),
        from_unit="110112105209",
        to_unit="110112105",
        reason_ref=f"dispatch/{uuid.uuid4()}",
    )
    return Draft(
        stream=work_order_stream(order_id),
        command_id=str(uuid.uuid4()),
        actor=Actor("village_officer", person="officer-110112105209", unit="110112105209"),
        correlation=str(uuid.uuid4()),
        recorded_at=at,
        events=(Happened(raised, at),),
        cause=Cause(f"request-{uuid.uuid4()}", version),
        chart=CHART,
    )


def drafts() -> Iterator[tuple[Draft, bool]]:
    """Yield drafts for ever; True with the first of a new stream."""
    while True:
        order_id = str(uuid.uuid4())
        for version in range(1, VERSIONS + 1):
            yield draft(order_id, version), version == 1


def sealed_commits(count: int) -> Iterator[Commit]:
    """Yield `count` commits, stream after stream."""
    tip = Tip()
    source = drafts()
    for _ in range(count):
        each, is_first = next(source)
        commit = sealed(each, Tip() if is_first else tip)
        tip = commit.tip
        yield commit
