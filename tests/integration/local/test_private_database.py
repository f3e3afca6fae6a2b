"""The private database as a crash test uses it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import ServerSelectionTimeoutError

from services.common.eventlog.mongo import client
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document
from services.local.servers.database import Database
from tests.support.strangers import stranger_on
from tests.support.waiting import PATIENCE_SECONDS

KILLED_IN_A_ROW: Final = 9  #: in less than the journal's 100 ms, and in the order of their ids
DURABLE = WriteConcern(w="majority", j=True)


@pytest.fixture
def database(private_database: Database) -> Database:
    private_database.start()
    return private_database


@contextmanager
def kept(uri: str) -> Iterator[Collection[dict[str, Any]]]:
    client: MongoClient[dict[str, Any]]
    with MongoClient(uri, serverSelectionTimeoutMS=int(PATIENCE_SECONDS * 1000)) as client:
        yield client["probe"].get_collection("kept", write_concern=DURABLE)


def test_an_acknowledged_write_survives_kill_9_at_the_same_address(database: Database) -> None:
    before = database.uri
    with kept(before) as documents:
        documents.insert_one({"_id": "kill"})
    database.kill()
    assert not database.running
    database.start()
    assert database.uri == before
    with kept(before) as documents:
        assert documents.find_one({"_id": "kill"}) is not None


def test_an_acknowledged_document_of_a_read_model_survives_kill_9(database: Database) -> None:
    with client(database.uri) as connected:
        documents = MongoDocuments(connected["view_probe"])
        for number in range(KILLED_IN_A_ROW):
            assert documents.put("kept", Document(str(number), 0, {"told": number}))
        database.kill()
        database.start()
        found = documents.find("kept", {})
    assert [each.body["told"] for each in found] == list(range(KILLED_IN_A_ROW))


def test_a_transaction_is_possible(database: Database) -> None:
    with kept(database.uri) as documents:
        documents.insert_one({"_id": "before"})
        with documents.database.client.start_session() as session, session.start_transaction():
            documents.insert_one({"_id": "within"}, session=session)
        assert documents.find_one({"_id": "within"}) is not None


def test_a_wiped_database_comes_back_empty_at_the_same_address(database: Database) -> None:
    before = database.uri
    with kept(before) as documents:
        documents.insert_one({"_id": "wiped"})
    database.wipe()
    database.start()
    assert database.uri == before
    with kept(before) as documents:
        assert documents.find_one({"_id": "wiped"}) is None


def test_a_database_whose_port_was_taken_moves_with_its_data(database: Database) -> None:
    with kept(database.uri) as documents:
        documents.insert_one({"_id": "moved"})
    before = database.port
    database.stop()
    with stranger_on(before):
        database.start()
        assert database.port != before
        with kept(database.uri) as documents:
            assert documents.find_one({"_id": "moved"}) is not None


def test_a_frozen_database_answers_nothing_until_it_is_woken(database: Database) -> None:
    database.pause()
    try:
        client: MongoClient[dict[str, Any]]
        with (
            MongoClient(database.uri, serverSelectionTimeoutMS=500) as client,
            pytest.raises(ServerSelectionTimeoutError),
        ):
            client.admin.command("ping")
    finally:
        database.resume()
    with kept(database.uri) as documents:
        assert documents.database.client.admin.command("ping")["ok"] == 1


def test_the_port_is_remembered_in_the_folder(database: Database) -> None:
    identity = json.loads((database.folder / "identity.json").read_text(encoding="utf-8"))
    assert identity["port"] == database.port
