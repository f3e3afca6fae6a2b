"""How the product talks to MongoDB: options, causal sessions and what its errors mean here.

Log and vault write at majority and on disk (`j=true`; majority without it waits 100 ms for the
journal's timer) and read at majority in causally consistent sessions. Read models write on disk
too, and are read locally: a cursor may be written after the crash that took an effect which was
only acknowledged. Cursors write at `w=1`: what a crash takes from them is followed again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.common.eventlog.ports import StoreAway

Row = dict[str, Any]
TAKEN: Final = 11000  #: the server's code for a key that is taken
ON_DISK: Final = WriteConcern(w="majority", j=True, wtimeout=10_000)
MAJORITY: Final = ReadConcern("majority")
REBUILDABLE: Final = WriteConcern(w=1)


def client(uri: str) -> MongoClient[Row]:
    """Return a client that gives up on an absent server after 5 s instead of 30.

    It asks a server now and then how it is, and whenever one fails it; a connection kept open for
    the server to say so, and another to time it, would wake an idle process twice as often.
    """
    return MongoClient(
        uri,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=20_000,
        serverMonitoringMode="poll",
    )


@contextmanager
def answering() -> Iterator[None]:
    """Turn what the driver raises into `StoreAway`: nobody knows whether it was written."""
    try:
        yield
    except PyMongoError as error:
        raise StoreAway(why=f"{type(error).__name__}: {error}") from error


def duplicates(error: BulkWriteError) -> set[int]:
    """Return which writes of a group met a key that is taken, by their index in it.

    Raises:
        BulkWriteError: Something else went wrong, too.
    """
    faults = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(each["code"] != TAKEN for each in faults):
        raise error
    return {each["index"] for each in faults}


class Causal:
    """Sessions of one process that see each other's writes, also after an election."""

    def __init__(self, database: Database[Row]) -> None:
        """Start knowing nothing."""
        self._client = database.client
        self._operation_time: Any = None
        self._cluster_time: Mapping[str, Any] | None = None

    @contextmanager
    def session(self) -> Iterator[ClientSession]:
        """Give a session that is at least as far as the last one here was."""
        with answering(), self._client.start_session(causal_consistency=True) as session:
            if self._operation_time is not None and self._cluster_time is not None:
                session.advance_cluster_time(self._cluster_time)
                session.advance_operation_time(self._operation_time)
            try:
                yield session
            finally:  # also after a conflict: the next read must see the one who was faster
                self._advance(session)

    def _advance(self, session: ClientSession) -> None:
        """Remember how far `session` came, unless another came further: it may have begun early."""
        operation, cluster = session.operation_time, session.cluster_time
        known = self._operation_time
        if operation is not None and (known is None or operation > known):
            self._operation_time = operation
        newest = self._cluster_time
        if cluster and (newest is None or cluster["clusterTime"] > newest["clusterTime"]):
            self._cluster_time = cluster


def durable(database: Database[Row], name: str) -> Collection[Row]:
    """Return a collection that writes on disk by majority and reads at majority."""
    return database.get_collection(name, write_concern=ON_DISK, read_concern=MAJORITY)


def on_disk(database: Database[Row], name: str) -> Collection[Row]:
    """Return a collection that writes on disk by majority and reads its own newest."""
    return database.get_collection(name, write_concern=ON_DISK)


def rebuildable(database: Database[Row], name: str) -> Collection[Row]:
    """Return a collection whose tail may be lost: nothing else rests on it."""
    return database.get_collection(name, write_concern=REBUILDABLE)
