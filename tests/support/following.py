"""Brings who follows logs in memory to the ends of these, as time would bring them there."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.commit import Commit
from services.common.following.batches import Consumer
from services.common.following.processor import Processor
from services.common.following.reached import Ends, Reached
from services.common.work.tasks import Task
from services.testing.memory_log import MemoryLog

Logs = Mapping[str, MemoryLog]
#: Many times what any test takes: who still moves then does so for ever.
MOST_TURNS: Final = 1000


def until_nothing_moves(turn: Callable[[], int], who: str) -> None:
    """Take turns until one moves nothing. A test that would hang fails instead."""
    for _ in range(MOST_TURNS):
        if not turn():
            return
    raise AssertionError(f"{who} moved in each of {MOST_TURNS} turns: it never comes to rest")


def stamped(logs: Logs) -> int:
    """Give everything that was appended its position; return how much that was."""
    return sum([log.stamp(10_000) for log in logs.values()])


def rest(processor: Processor) -> None:
    """Turn until there is nothing to tell."""
    until_nothing_moves(processor.turn, processor.consumer.name)


def until_it_pauses(task: Task) -> float:
    """Take turns until there is a pause; return that."""
    pauses: list[float] = []

    def turn() -> int:
        pauses.append(task.turn())
        return pauses[-1] == 0.0

    until_nothing_moves(turn, task.name)
    return pauses[-1]


def settle(logs: Logs, processors: Iterable[Processor]) -> None:
    """Stamp all logs and turn all processors, until nothing moves."""
    every = tuple(processors)
    until_nothing_moves(
        lambda: stamped(logs) + sum([each.turn() for each in every]),
        ", ".join(each.consumer.name for each in every),
    )


def reached(
    processor: Processor,
    logs: Logs,
    wait: Callable[[], None] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Ends:
    """Return how far `processor` has followed: waiting for it lets it go on, unless told else."""
    return Reached(
        processor.cursor,
        logs=logs,
        wait=wait or (lambda: settle(logs, [processor])),
        monotonic=monotonic,
    )


def tell(consumer: Consumer, *commits: Commit) -> None:
    """Tell commits to one batch of `consumer`, by hand, and let that write."""
    batch = consumer.batch()
    for commit in commits:
        batch.expect(commit)
    for commit in commits:
        batch.handle(commit)
    batch.flush()


def retry(processor: Processor) -> int:
    """Take up what is held and tried again, whenever it is due; return how many streams."""
    return processor.retry_due(datetime.max.replace(tzinfo=UTC))
