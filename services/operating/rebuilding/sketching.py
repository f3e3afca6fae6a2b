"""Commits of which a process reads no more than whose they are, until it is to handle one.

Every process of a rebuild reads every commit, and folds but its own share of them: the checks of
shape, times and forms, which take most of the time of decoding, are made for those alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from services.common.contracts.codec import Undecodable, parsed, structured, to_time
from services.common.contracts.commit import Cause, Commit, Draft, of_plain
from services.common.contracts.event_types import REGISTER, UnknownEvent
from services.common.contracts.upcasters import in_present_shape
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import MongoLogReader, readable
from services.common.eventlog.ports import Unreadable
from services.common.running.stores import Stores


class SketchedEvent:
    """An event as it was written: what it says, by name, in the present shape and unchecked."""

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Say what `data` says."""
        self._data = data

    def __getattr__(self, name: str) -> Any:
        """Return a field; what was left out is no attribute."""
        try:
            return self._data[name]
        except KeyError:
            raise AttributeError(name) from None


class SketchedFact:
    """A fact of which only the event is known."""

    __slots__ = ("event",)

    def __init__(self, event: object) -> None:
        """Hold an event, sketched or unknown."""
        self.event = event


class SketchedCommit:
    """Stands for a stored commit towards who merges commits and asks whose they are.

    `whole()` reads the rest, once.
    """

    __slots__ = ("_facts", "_row", "_value", "_whole", "cause", "position", "stream", "version")

    def __init__(self, row: Row) -> None:
        """Sketch a stored document.

        Raises:
            Corrupt: It can't be read even so far.
        """
        self._row = row
        self._value = parsed(row["body"])
        self._whole: Commit | None = None
        self._facts: tuple[SketchedFact, ...] | None = None
        try:
            place = (self._value["stream"], self._value["version"])
            cause = self._value.get("cause")
        except (AttributeError, KeyError, TypeError) as error:
            raise Undecodable(kind="SketchedCommit", why=repr(error)) from error
        if type(place[0]) is not str or type(place[1]) is not int:
            raise Undecodable(kind="SketchedCommit", why=repr(place))
        self.stream: str = place[0]
        self.version: int = place[1]
        self.cause = structured(Cause, cause) if cause is not None else None
        self.position: int | None = row["position"]

    @property
    def facts(self) -> tuple[SketchedFact, ...]:
        """The events in order.

        Raises:
            Corrupt: One is of a newer version than this reader knows, or no event.
        """
        if self._facts is None:
            try:
                self._facts = tuple(
                    [SketchedFact(_sketched(each)) for each in self._value["events"]]
                )
            except (AttributeError, KeyError, TypeError) as error:
                raise Undecodable(kind="SketchedCommit", why=repr(error)) from error
        return self._facts

    @property
    def draft(self) -> Draft:
        """What the whole commit says."""
        return self.whole().draft

    def whole(self) -> Commit:
        """Return the commit with all that it says.

        Raises:
            Corrupt: It can't be read.
        """
        if self._whole is None:
            row, stamped_at = self._row, self._row.get("stamped_at")
            self._whole = of_plain(
                self._value,
                body=row["body"],
                previous_hash=row["previous_hash"],
                hash=row["hash"],
                position=self.position,
                stamped_at=to_time(stamped_at) if stamped_at else None,
            )
        return self._whole


def whole(commit: Commit) -> Commit:
    """Return a commit with all that it says; it may be a sketch. Raises as `whole()` does."""
    found: object = commit
    return found.whole() if isinstance(found, SketchedCommit) else commit


def _sketched(written: Mapping[str, Any]) -> object:
    name, version, data = written["type"], written["v"], written["data"]
    found = REGISTER.get(name)
    if found is None:
        return UnknownEvent(name, version, data)
    if version != found.version:
        data = in_present_shape(name, version, data)
    return SketchedEvent(data)


class SketchedLog(MongoLogReader):
    """A log whose commits, read by position, are sketches."""

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Return the contiguous run after `after`."""
        return [_read(row) for row in self.rows(after, limit)]


def _read(row: Row) -> Commit | Unreadable:
    try:
        # it answers to all that is asked of a commit before it is handled
        return cast("Commit", SketchedCommit(row))
    except Corrupt:
        return readable(row)


def sketched(stores: Stores) -> Mapping[str, SketchedLog]:
    """Return every log of an installation, its commits as sketches."""
    return {log: SketchedLog(log, stores.log(log)) for log in stores.readers()}
