"""What a report needs is durable in three waits: its keys, the texts under them, its commit."""

from collections.abc import Sequence
from threading import Barrier

import pytest

from services.common.contracts.commit import Commit, Draft, Tip
from services.common.vault.errors import VaultAway
from services.common.vault.ports import KeyRow, TextRow
from services.testing.memory_log import MemoryLog
from services.testing.memory_vault import MemoryKeyRows, MemoryTextRows
from tests.support.intake_world import REPORT, IntakeWorld


@pytest.fixture
def did(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what begins and ends, in order."""
    found: list[str] = []
    insert, keep, append = MemoryKeyRows.insert, MemoryTextRows.insert_or_touch, MemoryLog.append
    both = Barrier(2, timeout=30)

    def inserting(rows: MemoryKeyRows, row: KeyRow) -> bool:
        found.append("a key")
        both.wait()  # one wait for both
        done = insert(rows, row)
        both.wait()
        found.append("a key is durable")
        return done

    def keeping(rows: MemoryTextRows, texts: Sequence[TextRow]) -> Sequence[TextRow]:
        found.append(f"{len(texts)} texts")
        return keep(rows, texts)

    def appending(log: MemoryLog, draft: Draft, after: Tip) -> Commit:
        found.append("the commit")
        return append(log, draft, after)

    monkeypatch.setattr(MemoryKeyRows, "insert", inserting)
    monkeypatch.setattr(MemoryTextRows, "insert_or_touch", keeping)
    monkeypatch.setattr(MemoryLog, "append", appending)
    return found


def test_keys_are_durable_before_texts_are_sent_and_those_before_the_commit(
    world: IntakeWorld, did: list[str]
) -> None:
    world.report()
    assert did == [
        "a key", "a key", "a key is durable", "a key is durable", "2 texts", "the commit",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["reporter-", "request-"])
def test_without_one_of_its_keys_no_text_is_sent(
    world: IntakeWorld, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    insert = MemoryKeyRows.insert

    def away(rows: MemoryKeyRows, row: KeyRow) -> bool:
        if row.name.startswith(kind):
            raise VaultAway(why="struck")
        return insert(rows, row)

    def sent(_: MemoryTextRows, texts: Sequence[TextRow]) -> Sequence[TextRow]:
        raise AssertionError(texts)

    monkeypatch.setattr(MemoryKeyRows, "insert", away)
    monkeypatch.setattr(MemoryTextRows, "insert_or_touch", sent)
    assert world.post("/v1/requests", REPORT).status_code == 503
