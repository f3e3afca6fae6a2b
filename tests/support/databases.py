"""A database for one test, on a server that the whole run shares."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from pymongo.database import Database

from services.common.eventlog.mongo import Row, client


@contextmanager
def own_database(uri: str, purpose: str) -> Iterator[Database[Row]]:
    """Give an empty database. However it ends, it is dropped and the client is closed."""
    with client(uri) as connected:
        found = connected[f"{purpose}_{uuid4().hex[:8]}"]
        try:
            yield found
        finally:
            connected.drop_database(found.name)
