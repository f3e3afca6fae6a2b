"""Every event log that a contract is for, one after the other."""

from collections.abc import Iterator

import pytest

from tests.contract.both_logs import InMemory, InMongo, LogWithOutbox
from tests.support.databases import own_database


@pytest.fixture(params=["memory", "mongo"])
def both(request: pytest.FixtureRequest) -> Iterator[LogWithOutbox]:
    if request.param == "memory":
        yield InMemory()
        return
    with own_database(request.getfixturevalue("mongodb_uri"), "contract") as database:
        yield InMongo(database)
