"""As much of a MongoDB as an outbox asks for, in memory: every call is at once and at majority."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

Row = dict[str, Any]
#: Operators of a query: whether what a document holds fits what is asked for.
FITS: Mapping[str, Any] = {
    "$in": lambda held, asked: held in asked,
    "$nin": lambda held, asked: held not in asked,
    "$gt": lambda held, asked: held is not None and held > asked,
    "$exists": lambda held, asked: (held is not None) == asked,
}


class MemoryDatabase:
    """Collections by name; it is its own client."""

    def __init__(self) -> None:
        self._collections: dict[str, MemoryCollection] = {}
        self.client = self

    @contextmanager
    def start_session(self, **_options: Any) -> Iterator[Any]:
        yield SimpleNamespace(operation_time=None, cluster_time=None)

    def get_collection(self, name: str, **_options: Any) -> "MemoryCollection":
        return self._collections.setdefault(name, MemoryCollection())

    __getitem__ = get_collection


class Found(list[Row]):
    """What a query has found; only a part of `sort` and `limit` is known."""

    def sort(self, by: Any, _direction: int = 1) -> "Found":  # type: ignore[override]
        names = [by] if isinstance(by, str) else [name for name, _ in by]
        return Found(sorted(self, key=lambda row: [row[name] for name in names]))

    def limit(self, count: int) -> "Found":
        return Found(self[:count])


class MemoryCollection:
    """Documents by id, in the order in which they came."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def insert_one(self, row: Row, **_options: Any) -> None:
        if row["_id"] in self._rows:
            raise DuplicateKeyError(f"{row['_id']} exists")
        self._rows[row["_id"]] = dict(row)

    def find(self, query: Row, _fields: Any = None, limit: int = 0, **_options: Any) -> Found:
        found = Found(dict(row) for row in self._rows.values() if _fits(row, query))
        return found.limit(limit) if limit else found

    def find_one(
        self, query: Row, _fields: Any = None, sort: Sequence[Any] = (), **_options: Any
    ) -> Row | None:
        found = self.find(query)
        return next(iter(found.sort(sort) if sort else found), None)

    def count_documents(self, query: Row, **_options: Any) -> int:
        return len(self.find(query))

    def update_one(self, query: Row, update: Row, **_options: Any) -> Any:
        for row in self._rows.values():
            if _fits(row, query):
                return SimpleNamespace(modified_count=_change(row, update))
        return SimpleNamespace(modified_count=0)

    def bulk_write(self, changes: Iterable[UpdateOne], **_options: Any) -> None:
        for each in changes:
            self.update_one(each._filter, each._doc)  # type: ignore[arg-type]


def _fits(row: Row, query: Row) -> bool:
    return all(_is(row.get(name), asked) for name, asked in query.items())


def _is(held: Any, asked: Any) -> bool:
    if isinstance(asked, dict):
        return all(FITS[operator](held, value) for operator, value in asked.items())
    return bool(held == asked)


def _change(row: Row, update: Row) -> int:
    before = dict(row)
    row.update(update.get("$set", {}))
    for name, value in update.get("$max", {}).items():
        row[name] = max(row.get(name, value), value)
    for name in update.get("$unset", {}):
        row.pop(name, None)
    return int(row != before)
