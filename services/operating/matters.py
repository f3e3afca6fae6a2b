"""Finding the matter that somebody names: a work order, a request, a whistle or a standing duty."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from services.common.contracts.commit import Fact
from services.common.contracts.events.dispatch import WorkOrderDispatched
from services.common.contracts.events.escalation import WhistleConcluded
from services.common.contracts.streams import (
    category_of,
    clock_stream,
    duty_stream,
    id_of,
    log_of,
    whistle_stream,
    work_order_id,
    work_order_stream,
)
from services.common.eventlog.ports import LogReader

#: Commits of a log, from its end, among which the latest streams are looked for.
LOOKED_AT: Final = 500
#: In this order a bare id is looked for.
CATEGORIES: Final = ("workOrder", "request", "whistle", "duty")


@dataclass(frozen=True, slots=True)
class Matter:
    """The stream that was named, the stream of its clocks, and that of its order if it has one."""

    stream: str
    clock: str
    order: str | None


def matter_of(logs: Mapping[str, LogReader], named: str) -> Matter | None:
    """Return the matter that `named` (an id or a stream) means; None if there is no such thing."""
    for stream in _candidates(named):
        first = next(facts_of(logs, stream, upto=1), None)
        if first is not None:
            return _matter(stream, first)
    return None


def related_matters(order_or_whistle: Iterable[Fact]) -> list[str]:
    """Return the streams of what has clocks of its own: an order's whistles, a whistle's duties."""
    found = []
    for fact in order_or_whistle:
        match fact.event:
            case WhistleConcluded(duties=duties):
                found += [duty_stream(each.duty_id) for each in duties]
            case _ if category_of(fact.stream) == "workOrder":
                whistle = getattr(fact.event, "whistle_id", None)
                found += [] if whistle is None else [whistle_stream(whistle)]
            case _:
                continue
    return list(dict.fromkeys(found))


def all_related(logs: Mapping[str, LogReader], facts: Iterable[Fact]) -> list[str]:
    """Return what belongs to a matter and has clocks of its own, and what belongs to that.

    `facts`: of an order or of a whistle. The nearest come first.
    """
    found = related_matters(facts)
    for stream in found:
        found += [each for each in related_matters(facts_of(logs, stream)) if each not in found]
    return found


def facts_of(logs: Mapping[str, LogReader], stream: str, upto: int | None = None) -> Iterator[Fact]:
    """Yield the facts of a stream in order."""
    for commit in logs[log_of(stream)].read(stream, 0, upto):
        yield from commit.facts


def latest_streams(
    logs: Mapping[str, LogReader], categories: Collection[str], count: int = 5
) -> list[str]:
    """Return the streams of these categories that moved last, the newest first."""
    stamps = [
        stamp
        for log in logs.values()
        for stamp in log.stamps(max(0, log.head() - LOOKED_AT), LOOKED_AT)
    ]
    newest = sorted(stamps, key=lambda stamp: stamp.stamped_at, reverse=True)
    found = (stamp.stream for stamp in newest if category_of(stamp.stream) in categories)
    return list(islice(dict.fromkeys(found), count))


def _candidates(named: str) -> Iterator[str]:
    if category_of(named) in CATEGORIES:
        yield named
    else:
        yield from (f"{category}-{named}" for category in CATEGORIES)


def _matter(stream: str, first: Fact) -> Matter:
    if isinstance(first.event, WorkOrderDispatched):
        return Matter(stream, clock_stream(first.event.request_id), stream)
    own = id_of(stream)
    is_request = category_of(stream) == "request"
    order = work_order_stream(work_order_id(own)) if is_request else None
    return Matter(stream, clock_stream(own), order)
