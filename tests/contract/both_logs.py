"""The log in memory and the one in MongoDB, each with its outbox."""

from datetime import timedelta
from typing import Protocol

from pymongo.database import Database

from services.common.clock import RealClock
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.eventlog.onwards import SKEW
from services.common.eventlog.ports import EventLog, Outbox
from services.testing.memory_log import MemoryLog


class LogWithOutbox(Protocol):
    """Both sides of one log."""

    log: EventLog
    outbox: Outbox

    def replica(self, skew: timedelta | None = SKEW) -> EventLog:
        """The same log as another process writes it."""
        ...


class InMemory:
    """A log in memory is its own outbox."""

    def __init__(self) -> None:
        both = MemoryLog("dispatch", RealClock())
        self.log: EventLog = both
        self.outbox: Outbox = both
        self._both = both

    def replica(self, skew: timedelta | None = SKEW) -> EventLog:
        self._both._skew = skew
        return self._both


class InMongo:
    """A log in a database of its own."""

    def __init__(self, database: Database[Row]) -> None:
        create_indexes(database)
        self.database = database
        self.log: EventLog = MongoLog("dispatch", database)
        self.outbox: Outbox = MongoOutbox("dispatch", database, RealClock())

    def replica(self, skew: timedelta | None = SKEW) -> EventLog:
        return MongoLog("dispatch", self.database, skew)
