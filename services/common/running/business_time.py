"""The clock of an installation: real, scaled or stepped, the same for all its processes.

A scaled clock's start is stored once, so a restarted service doesn't jump. A stepped clock's now
is a document that somebody moves: only when nothing is pending, so that a run can be repeated.
"""

from datetime import UTC, datetime
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.common.clock import Clock, RealClock, ScaledClock, SteppedClock
from services.common.config import StoreSettings
from services.common.contracts.codec import time_text, to_time
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Causal, Row, answering, durable
from services.common.eventlog.ports import StoreAway

COLLECTION: Final = "business_time"


class AnotherRate(Corrupt):
    """The stored clock runs at another rate. Business time can't jump: `shaobao reset` first."""


def clock_of(settings: StoreSettings, database: Database[Row]) -> Clock:
    """Return the business clock.

    Raises:
        AnotherRate: A scaled clock was started at another rate.
        StoreAway: The start can't be read.
    """
    match settings.clock:
        case "scaled":
            return scaled_clock(database, settings.clock_rate)
        case "stepped":
            return SteppedClock(SteppedTime(database).read)
        case _:
            return RealClock()


def scaled_clock(database: Database[Row], rate: int) -> ScaledClock:
    """Return the clock that was started once at `rate`; start it now if nobody has.

    Raises:
        AnotherRate, StoreAway: As `clock_of`.
    """
    now = time_text(datetime.now(UTC))
    first = {"_id": "scaled", "wall_start": now, "business_start": now, "rate": rate}
    stored = _kept(database, first)
    if stored["rate"] != rate:
        raise AnotherRate(stored=stored["rate"], wanted=rate)
    return ScaledClock(to_time(stored["wall_start"]), to_time(stored["business_start"]), rate)


def _kept(database: Database[Row], first: Row) -> Row:
    """Return the stored row, or store `first`; of two at once one wins.

    One session for both: the loser reads only once the winner's row is there by majority.
    """
    collection = durable(database, COLLECTION)
    with Causal(database).session() as session:
        try:
            collection.insert_one(first, session=session)
        except DuplicateKeyError:
            stored = collection.find_one({"_id": first["_id"]}, session=session)
            if stored is None:
                raise StoreAway(why="the clock's start is not readable yet") from None
            return stored
    return first


class SteppedTime:
    """The document that a stepped clock reads, and its only writer moves."""

    def __init__(self, database: Database[Row]) -> None:
        """Read and move the moment in `database`."""
        self._rows = durable(database, COLLECTION)

    def read(self) -> datetime:
        """Return the moment.

        Raises:
            Corrupt: Nobody has started the clock.
        """
        with answering():
            row = self._rows.find_one({"_id": "stepped"})
        if row is None:
            raise Corrupt(what="the stepped clock was not started")
        return to_time(row["now"])

    def move_to(self, moment: datetime) -> None:
        """Move forward to `moment` (canonical text sorts); a moment in the past changes nothing."""
        with answering():
            self._rows.update_one(
                {"_id": "stepped"}, {"$max": {"now": time_text(moment)}}, upsert=True
            )
