"""What only a real MongoDB shows: how writes are asked for, where they lie, and a store away."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from services.common.vault.errors import VaultAway
from services.common.vault.keys import Keys
from services.common.vault.master_keys import MasterKeys
from services.common.vault.mongo import MongoKeyRows, MongoTextRows, Row
from services.common.vault.vault import Vault

MASTER = MasterKeys("m", {"m": b"m" * 32})


class Heard(CommandListener):
    """Keeps the commands that were sent."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, str, dict[str, Any]]] = []

    def started(self, event: Any) -> None:
        self.commands.append((event.command_name, event.database_name, dict(event.command)))

    def succeeded(self, event: Any) -> None:
        """Nothing to keep."""

    def failed(self, event: Any) -> None:
        """Nothing to keep."""


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def prefix() -> str:
    return f"t{uuid.uuid4().hex[:8]}_"


@pytest.fixture
def client(mongodb_uri: str, heard: Heard, prefix: str) -> Iterator[MongoClient[Row]]:
    with MongoClient[Row](mongodb_uri, event_listeners=[heard]) as client:
        yield client
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


def vault_of(client: MongoClient[Row], prefix: str, service: str = "intake") -> Vault:
    texts = MongoTextRows(client, service, prefix)
    texts.prepare()
    return Vault(service, Keys(MongoKeyRows(client, prefix), MASTER), texts)


def test_every_write_waits_for_a_majority_and_the_disk(
    client: MongoClient[Row], prefix: str, heard: Heard
) -> None:
    vault = vault_of(client, prefix)
    heard.commands.clear()
    vault.keys.create_if_absent("request-1")
    vault.seal("request-1", "c", "said", "x")
    vault.keys.destroy("request-1")
    writes = [command for name, _, command in heard.commands if name not in ("find", "ping")]
    assert len(writes) == 3
    for command in writes:
        assert command["writeConcern"] == {"w": "majority", "j": True, "wtimeout": 10_000}


def test_texts_lie_with_their_service_and_keys_with_their_kind(
    client: MongoClient[Row], prefix: str
) -> None:
    vault = vault_of(client, prefix, "dispatch")
    for key in ("reporter-1", "request-1", "whistle-1"):
        vault.keys.create_if_absent(key)
    vault.seal("whistle-1", "c", "summary", "x")
    assert client[f"{prefix}vault_dispatch"].list_collection_names() == ["texts"]
    assert sorted(client[f"{prefix}keys"].list_collection_names()) == [
        "reporter",
        "request",
        "whistle",
    ]


def test_a_sweep_reads_by_its_index(client: MongoClient[Row], prefix: str) -> None:
    vault_of(client, prefix)
    plan = (
        client[f"{prefix}vault_intake"]["texts"]
        .find({"settled": False, "written_at": {"$lt": 1}})
        .explain()
    )
    assert "'indexName': 'unsettled'" in str(plan["queryPlanner"]["winningPlan"])


def test_a_store_that_is_away_is_something_to_try_again() -> None:
    with MongoClient[Row]("mongodb://127.0.0.1:1/", serverSelectionTimeoutMS=50) as nobody:
        keys = Keys(MongoKeyRows(nobody), MASTER)
        with pytest.raises(VaultAway):
            keys.create_if_absent("request-1")
        with pytest.raises(VaultAway):
            Vault("intake", keys, MongoTextRows(nobody, "intake")).open(
                f"intake/{uuid.UUID(int=1)}"
            )


def test_a_client_under_eventlet_shares_keys_between_greenlets(mongodb_uri: str) -> None:
    """The services run patched; the suite doesn't: so this one runs in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", f"{__package__}.patched_makers", mongodb_uri],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "one key, one text", done.stderr
