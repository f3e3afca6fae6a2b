"""Reads several logs from a cursor on, as one order with causes first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.common.contracts.commit import Cause, Commit
from services.common.contracts.streams import LOG_OF_CATEGORY, category_of
from services.common.eventlog.ports import LogReader, Unreadable
from services.common.following.merging import UNKNOWN, CausesFirst, Entry


class Reading:
    """The logs that one consumer follows, from somewhere on."""

    def __init__(
        self, logs: Mapping[str, LogReader], positions: Mapping[str, int], most: int
    ) -> None:
        """Begin after `positions`, by log; a log that isn't among them, at its start.

        `most`: how many commits are asked for at once.
        """
        self._logs = logs
        self._most = most
        self._merged = CausesFirst({log: positions.get(log, 0) for log in logs})

    @property
    def told(self) -> Mapping[str, int]:
        """The last position of each log that was given out."""
        return self._merged.told

    def entries(self, limit: int) -> Iterator[Entry]:
        """Yield up to `limit` that can be told; logs are read on as long as that brings more."""
        for _ in range(limit):
            found = self._next()
            if found is None:
                return
            yield found

    def _next(self) -> Entry | None:
        found = self._merged.next()
        while found is None and (self._read_on() or self._look_again()):
            found = self._merged.next()
        return found or self._merged.out_of_circle()

    def _look_again(self) -> bool:
        """Look where causes stand that had no place when they were looked for; say whether any has.

        Only an older release has reacted to such.
        """
        found = False
        for head in self._merged.heads():
            if head.cause is not None and head.cause_position == UNKNOWN:
                place = self._places_of([head.cause]).get((head.cause.stream, head.cause.version))
                if place is not None:
                    self._merged.place(head, place)
                    found = True
        return found

    def _read_on(self) -> bool:
        """Take what follows in every log of which nothing is in hand; say whether it was any."""
        more = False
        for name in self._merged.empty():
            found = self._logs[name].commits(self._merged.read_to(name), self._most)
            self._merged.take(name, self._placed(name, found))
            more = more or bool(found)
        return more

    def _placed(self, name: str, found: Sequence[Commit | Unreadable]) -> Iterator[Entry]:
        places = self._places_of(each.cause for each in found)
        for each in found:
            cause = each.cause
            place = UNKNOWN if cause is None else places.get((cause.stream, cause.version), UNKNOWN)
            if isinstance(each, Unreadable):
                stamp = each.stamp
                yield Entry(
                    name, stamp.position, stamp.stream, stamp.version, each.error, cause, place
                )
            else:
                position = each.position or 0
                yield Entry(name, position, each.stream, each.version, each, cause, place)

    def _places_of(self, causes: Iterable[Cause | None]) -> dict[tuple[str, int], int]:
        """Return where causes stand. Commits of older releases don't say: they are looked up."""
        places: dict[tuple[str, int], int] = {}
        unknown: dict[str, list[tuple[str, int]]] = {}
        for cause in causes:
            log = LOG_OF_CATEGORY.get(category_of(cause.stream), "") if cause is not None else ""
            if cause is None or log not in self._logs:
                continue
            if cause.position is not None:
                places[cause.stream, cause.version] = cause.position
            else:
                unknown.setdefault(log, []).append((cause.stream, cause.version))
        for log, commits in unknown.items():
            places |= self._logs[log].positions(commits)
        return places
