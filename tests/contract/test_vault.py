"""One contract, two adapters."""

import uuid
from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from services.common.vault.mongo import MongoKeyRows, MongoTextRows, Row
from services.common.vault.ports import KeyRows, TextRows
from services.testing.memory_vault import MemoryKeyRows, MemoryTexts
from tests.contract.vault_contract import VaultContract, World


class MemoryWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self._keys, self._texts = MemoryKeyRows(), MemoryTexts()

    def key_rows(self) -> KeyRows:
        return self._keys

    def text_rows(self, service: str) -> TextRows:
        return self._texts.of(service)


class MongoWorld(World):
    def __init__(self, client: MongoClient[Row], prefix: str) -> None:
        super().__init__()
        self._client, self._prefix = client, prefix

    def key_rows(self) -> KeyRows:
        return MongoKeyRows(self._client, self._prefix)

    def text_rows(self, service: str) -> TextRows:
        rows = MongoTextRows(self._client, service, self._prefix)
        rows.prepare()
        return rows


class TestMemoryVault(VaultContract):
    @pytest.fixture
    def world(self) -> World:
        return MemoryWorld()


class TestMongoVault(VaultContract):
    @pytest.fixture
    def client(self, mongodb_uri: str) -> Iterator[MongoClient[Row]]:
        with MongoClient[Row](mongodb_uri, serverSelectionTimeoutMS=5_000) as client:
            yield client

    @pytest.fixture
    def world(self, client: MongoClient[Row]) -> Iterator[World]:
        prefix = f"t{uuid.uuid4().hex[:8]}_"
        yield MongoWorld(client, prefix)
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)
