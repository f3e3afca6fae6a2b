"""Ports that hand control back before every call, fail now and then, and do groups one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from services.common.contracts.commit import Commit, Draft, Tip
from services.common.eventlog.ports import StoreAway, Unreadable
from services.common.following.cursors import Cursor, Cursors
from services.common.following.memory import MemoryDocuments
from services.common.following.ports import Document
from services.testing.memory_log import MemoryLog
from tests.support.interleaving import hand_back


@dataclass(slots=True)
class Weather:
    """How rough it is."""

    choose: Random
    rough: bool = True

    def strikes(self) -> bool:
        return self.rough and self.choose.random() < 0.02

    def passes(self) -> None:
        """Let others go on, and perhaps be away."""
        hand_back()
        if self.strikes():
            raise StoreAway(why="struck before")

    def passed(self) -> None:
        if self.strikes():
            raise StoreAway(why="struck after: it was done, and nobody was told")


class Stormy:
    """A log that hands control back before every call, and appends a group one by one."""

    def __init__(self, log: MemoryLog, weather: Weather) -> None:
        self.name = log.name
        self._log = log
        self._weather = weather

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        self._weather.passes()
        return iter(list(self._log.read(stream, after, upto)))

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        self._weather.passes()
        return iter(list(self._log.read_many(streams)))

    def head(self, known: int = 0) -> int:  # noqa: ARG002  the whole is at hand
        self._weather.passes()
        return self._log.head()

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        self._weather.passes()
        return self._log.commits(after, min(limit, self._weather.choose.randint(1, 6)))

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        self._weather.passes()
        return self._log.positions(commits)

    def append(self, wanted: Draft, after: Tip) -> Commit:
        self._weather.passes()
        commit = self._log.append(wanted, after)
        self._weather.passed()
        return commit

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        done: dict[int, bool] = {}
        for index in self._weather.choose.sample(range(len(commits)), len(commits)):
            self._weather.passes()
            done[index] = self._log.append_sealed(commits[index])
            self._weather.passed()
        return [done[index] for index in range(len(commits))]


class StormyDocuments:
    """Documents that hand control back, and are written one by one."""

    def __init__(self, documents: MemoryDocuments, weather: Weather) -> None:
        self._documents = documents
        self._weather = weather

    def get(self, model: str, id: str) -> Document:  # noqa: A002  the port's own name
        self._weather.passes()
        return self._documents.get(model, id)

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        self._weather.passes()
        return self._documents.get_many(model, ids)

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        done = []
        for each in documents:
            self._weather.passes()
            done.append(self._documents.put(model, each))
            self._weather.passed()
        return done


class StormyCursors:
    """Cursors that hand control back."""

    def __init__(self, cursors: Cursors, weather: Weather) -> None:
        self._cursors = cursors
        self._weather = weather

    def load(self, consumer: str) -> Cursor:
        self._weather.passes()
        return self._cursors.load(consumer)

    def load_all(self) -> Mapping[str, Cursor]:
        self._weather.passes()
        return self._cursors.load_all()

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        self._weather.passes()
        saved = self._cursors.save(consumer, cursor)
        self._weather.passed()
        return saved
