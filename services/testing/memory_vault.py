"""Keys and texts in memory: for stories in one process and as the model of the others."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from services.common.vault.ports import KeyRow, TextRow


class MemoryKeyRows:
    """All keys; share one object between the services of a process."""

    def __init__(self) -> None:
        self._rows: dict[str, KeyRow] = {}

    def insert(self, row: KeyRow) -> bool:
        """Keep `row` unless the name is taken."""
        return self._rows.setdefault(row.name, row) is row

    def find(self, name: str) -> KeyRow | None:
        """Return the row of that name."""
        return self._rows.get(name)

    def erase(self, name: str, at: datetime) -> None:
        """Put the tombstone in place."""
        found = self._rows.get(name)
        if found is None or found.erased_at is None:
            self._rows[name] = KeyRow(name, erased_at=at)

    def not_wrapped_by(self, master_key_id: str) -> Iterator[KeyRow]:
        """Return the keys under other master keys."""
        rows = list(self._rows.values())
        yield from (r for r in rows if r.erased_at is None and r.master_key_id != master_key_id)

    def replace(self, old: KeyRow, new: KeyRow) -> bool:
        """Put `new` in place of `old`, if it is still there."""
        if self._rows.get(old.name) != old:
            return False
        self._rows[old.name] = new
        return True


class MemoryTexts:
    """The texts of all services, by service."""

    def __init__(self) -> None:
        self.by_service: dict[str, dict[uuid.UUID, TextRow]] = {}
        self.settled: set[uuid.UUID] = set()

    def of(self, service: str) -> "MemoryTextRows":
        """Return the texts as the process of `service` sees them."""
        return MemoryTextRows(self, service)


class MemoryTextRows:
    """One service's view: writes its own, reads all."""

    def __init__(self, texts: MemoryTexts, service: str) -> None:
        self._texts = texts
        self._own = texts.by_service.setdefault(service, {})
        self._settled = texts.settled

    def insert_or_touch(self, rows: Sequence[TextRow]) -> Sequence[TextRow]:
        """Keep each row unless its id is taken; set `written_at` either way."""
        return [self._kept(each) for each in rows]

    def _kept(self, row: TextRow) -> TextRow:
        kept = replace(self._own.get(row.text_id, row), written_at=row.written_at)
        self._own[row.text_id] = kept
        return kept

    def find(self, service: str, text_id: uuid.UUID) -> TextRow | None:
        """Return a text of any service."""
        return self._texts.by_service.get(service, {}).get(text_id)

    def unsettled_before(self, moment: datetime) -> Iterator[TextRow]:
        """Return the texts written before `moment` and not settled."""
        rows = list(self._own.values())
        yield from (r for r in rows if r.written_at < moment and r.text_id not in self._settled)

    def settle(self, row: TextRow) -> None:
        """Note that the command of `row` has committed."""
        self._settled.add(row.text_id)

    def remove(self, row: TextRow) -> bool:
        """Remove `row` unless it was touched since."""
        if self._own.get(row.text_id) != row:
            return False
        del self._own[row.text_id]
        return True
