"""A database of its own for each test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from pymongo.database import Database

from services.common.eventlog.mongo import Row, client
from services.common.eventlog.mongo_log import create_indexes


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[Row]]:
    """An empty database with a log's indexes, dropped afterwards."""
    connected = client(mongodb_uri)
    found = connected[f"eventlog_{uuid4().hex[:8]}"]
    create_indexes(found)
    yield found
    connected.drop_database(found.name)
    connected.close()
