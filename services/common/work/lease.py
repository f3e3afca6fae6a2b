"""Leases: of several replicas one does the work. A lease saves work; nothing is correct by it."""

import time
import uuid
from threading import Lock
from typing import Any, Final, Protocol

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from services.common.eventlog.ports import StoreAway

#: So long a killed leader is waited for.
LEASE_SECONDS: Final = 3.0
#: Of that, how much goes by before the holder renews it.
RENEWED_AFTER: Final = 0.65
#: What a lease that is held has left at the least when nobody has missed to renew it.
LEFT_SECONDS: Final = LEASE_SECONDS * (1 - RENEWED_AFTER)
#: For how long a "no" is believed: the tasks of one process ask together.
REFUSED_SECONDS: Final = 0.4


class Lease(Protocol):
    """A right to work that ends by itself unless it is renewed. Machine time."""

    def hold(self) -> bool:
        """Take or renew the lease; say whether it is ours. Cheap while enough of it is left."""
        ...

    def left(self) -> float:
        """For how many seconds it is ours, if nobody asks again; 0 if it isn't."""
        ...

    def release(self) -> None:
        """Let another have it now; not ours: nothing happens."""
        ...


class MongoLease:
    """A lease on a document `{_id: name, holder, until}`; the server's clock decides."""

    def __init__(
        self,
        collection: Collection[dict[str, Any]],
        name: str,
        seconds: float = LEASE_SECONDS,
    ) -> None:
        self._collection = collection
        self._name = name
        self._seconds = seconds
        self._holder = uuid.uuid4().hex
        self._asking = Lock()
        self._held = False
        self._ask_at = 0.0  #: monotonic
        self._until = 0.0  #: monotonic, of the last answer; the server counts from a later moment

    def hold(self) -> bool:
        """Take or renew; see `Lease`.

        Raises:
            StoreAway: Unknown whether we hold it.
        """
        with self._asking:  # the tasks of one process share it: one of them asks
            now = time.monotonic()
            if now >= self._ask_at:
                self._held, self._ask_at = False, 0.0
                try:
                    self._held = self._taken() or self._created()
                except PyMongoError as error:
                    raise StoreAway(what=f"lease {self._name}", why=repr(error)) from error
                believed = self._seconds * RENEWED_AFTER if self._held else REFUSED_SECONDS
                self._ask_at = now + believed
                self._until = now + self._seconds
            return self._held

    def left(self) -> float:
        """Return what is left of it; see `Lease`."""
        return max(0.0, self._until - time.monotonic()) if self._held else 0.0

    def release(self) -> None:
        """Let another have it now."""
        self._ask_at, self._held = 0.0, False
        try:
            self._collection.delete_one({"_id": self._name, "holder": self._holder})
        except PyMongoError as error:
            raise StoreAway(what=f"lease {self._name}", why=repr(error)) from error

    def _taken(self) -> bool:
        """Renew our own or take over one that has run out."""
        free = {"$or": [{"holder": self._holder}, {"$expr": {"$lte": ["$until", "$$NOW"]}}]}
        found = self._collection.update_one({"_id": self._name, **free}, [{"$set": self._fields()}])
        return found.matched_count == 1

    def _created(self) -> bool:
        """Make the document, if nobody has one (an upsert with `$expr` is refused: 224)."""
        try:
            self._collection.insert_one({"_id": self._name, "holder": ""})
        except DuplicateKeyError:
            return False
        return self._taken()

    def _fields(self) -> dict[str, Any]:
        until = {"$add": ["$$NOW", int(self._seconds * 1000)]}
        return {"holder": self._holder, "until": until}


class Leases:
    """In-memory leases by name, for one process: who shares a `Leases` shares the work."""

    def __init__(self) -> None:
        self._holders: dict[str, object] = {}

    def lease(self, name: str) -> "MemoryLease":
        """Return one contender for the lease `name`."""
        return MemoryLease(self._holders, name)


class MemoryLease:
    """A contender for an in-memory lease; it doesn't run out."""

    def __init__(self, holders: dict[str, object], name: str) -> None:
        self._holders = holders
        self._name = name

    def hold(self) -> bool:
        """Take it if nobody has it."""
        return self._holders.setdefault(self._name, self) is self

    def left(self) -> float:
        """Return what is left of one that was asked for as late as one may."""
        return LEFT_SECONDS if self._holders.get(self._name) is self else 0.0

    def release(self) -> None:
        """Let another have it."""
        if self._holders.get(self._name) is self:
            del self._holders[self._name]
