"""What a vault needs of a store. Both adapters (memory, mongo) pass one contract suite."""

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A wrapped key; or, with `erased_at`, the tombstone of one that was destroyed."""

    name: str
    master_key_id: str = ""
    wrapped: bytes = dataclasses.field(default=b"", repr=False)
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TextRow:
    """A sealed text. `written_at` is machine time of the last command that asked for it."""

    text_id: uuid.UUID
    key_name: str
    command_id: str
    field: str
    written_at: datetime
    sealed: bytes = dataclasses.field(repr=False)


class KeyRows(Protocol):
    """The keys of all services. Writes are durable when they return."""

    def insert(self, row: KeyRow) -> bool:
        """Keep `row`; False if its name has one already (or was erased). Atomic."""
        ...

    def find(self, name: str) -> KeyRow | None:
        """Return the row of that name, also one that another process has just inserted."""
        ...

    def erase(self, name: str, at: datetime) -> None:
        """Put the tombstone in place of the key, or where there was none; an earlier one stays."""
        ...

    def not_wrapped_by(self, master_key_id: str) -> Iterator[KeyRow]:
        """Return the keys (not the tombstones) under other master keys."""
        ...

    def replace(self, old: KeyRow, new: KeyRow) -> bool:
        """Put `new` in place of `old`; False if it has changed or was erased meanwhile."""
        ...


class TextRows(Protocol):
    """The sealed texts of all services; a process writes those of its own service only."""

    def insert_or_touch(self, rows: Sequence[TextRow]) -> Sequence[TextRow]:
        """Keep each row unless its id is taken; set `written_at` either way; return what is kept.

        Each atomic and durable: after it a sweep that saw an older `written_at` removes nothing.
        """
        ...

    def find(self, service: str, text_id: uuid.UUID) -> TextRow | None:
        """Return a text of any service."""
        ...

    def unsettled_before(self, moment: datetime) -> Iterator[TextRow]:
        """Return the texts of this process's service written before `moment` and not settled."""
        ...

    def settle(self, row: TextRow) -> None:
        """Note that the command of `row` has committed: no sweep need look again."""
        ...

    def remove(self, row: TextRow) -> bool:
        """Remove `row`; False if it is gone or was touched since."""
        ...
