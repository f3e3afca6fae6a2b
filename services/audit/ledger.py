"""Every event of the three logs as flat lists: what a recount starts from. No read model."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import ClocksStopped
from services.common.contracts.streams import category_of
from services.common.eventlog.ports import LogReader

PAGE: Final = 1000
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure as recounted. `denominator` None: a count."""

    numerator: int
    denominator: int | None = None
    excluded: int = 0


class Ledger:
    """All stamped facts: by stream in order, and by type of event."""

    def __init__(self, logs: Iterable[LogReader]) -> None:
        """Read every log up to its present head."""
        self._streams: dict[str, list[Fact]] = {}
        self._types: defaultdict[type, list[Fact]] = defaultdict(list)
        self.positions: dict[str, int] = {}
        for log in logs:
            self._read(log)

    def stream(self, name: str) -> list[Fact]:
        """Return the facts of one stream, in order."""
        return self._streams.get(name, [])

    def streams(self, category: str) -> Mapping[str, list[Fact]]:
        """Return the streams of a category with their facts."""
        return {
            name: facts for name, facts in self._streams.items() if category_of(name) == category
        }

    def of(self, *kinds: type) -> list[Fact]:
        """Return the facts whose events are of one of `kinds`."""
        return [fact for kind in kinds for fact in self._types[kind]]

    def _read(self, log: LogReader) -> None:
        latest: dict[str, int] = {}
        self.positions[log.name] = 0
        for stamp in _stamps(log):
            latest[stamp.stream] = stamp.version
            self.positions[log.name] = stamp.position
        for stream, version in latest.items():
            facts = [fact for commit in log.read(stream, 0, version) for fact in commit.facts]
            self._streams[stream] = facts
            for fact in facts:
                self._types[type(fact.event)].append(fact)


def _stamps(log: LogReader) -> Iterator[Any]:
    after = 0
    while found := log.stamps(after, PAGE):
        yield from found
        after = found[-1].position


def first(facts: Iterable[Fact], *kinds: type) -> Fact | None:
    """Return the first fact of one of `kinds`."""
    return next((fact for fact in facts if isinstance(fact.event, kinds)), None)


def is_about(fact: Fact, arming: int) -> bool:
    """Say whether a clock's fact is about the arming of that number."""
    if isinstance(fact.event, ClocksStopped):
        return arming in fact.event.lifted
    return getattr(fact.event, "arming", None) == arming
