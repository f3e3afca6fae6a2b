"""A database of its own for each test."""

from collections.abc import Iterator

import pytest
from pymongo.database import Database

from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import create_indexes
from tests.support.databases import own_database


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[Row]]:
    """An empty database with a log's indexes, dropped afterwards."""
    with own_database(mongodb_uri, "eventlog") as found:
        create_indexes(found)
        yield found
