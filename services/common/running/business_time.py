"""The clock of an installation: real, scaled or stepped, the same for all its processes.

Which one is recorded once, by whoever comes first, and every process that comes with another is
refused: business time can't jump. A scaled clock's start is stored once as well, so a restarted
service doesn't jump either. A stepped clock's now is a document that somebody moves: only when
nothing is pending, so that a run can be repeated.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.common.clock import Clock, ClockMode, RealClock, ScaledClock, SteppedClock
from services.common.config import StoreSettings
from services.common.contracts.codec import time_text, to_time
from services.common.contracts.streams import LOGS
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Causal, Row, answering, durable
from services.common.eventlog.mongo_log import COMMITS
from services.common.eventlog.onwards import SKEW
from services.common.eventlog.ports import StoreAway
from services.common.running.stores import Stores

COLLECTION: Final = "business_time"
MODE: Final = "mode"


class AnotherClock(Corrupt):
    """The installation has another clock, for good. Start with that one, or on empty databases.

    `kept` is the one it has, `wanted` the one it was to be opened with.
    """

    def __init__(self, *, kept: ClockMode, wanted: ClockMode) -> None:
        super().__init__(kept=kept, wanted=wanted)
        self.kept = kept
        self.wanted = wanted


def mode_of(settings: StoreSettings) -> ClockMode:
    """Return the clock that a process is told to use."""
    return ClockMode(settings.clock, settings.clock_rate if settings.clock == "scaled" else 1)


def skew_of(settings: StoreSettings) -> timedelta | None:
    """Return how far behind its log a commit may be (`eventlog.onwards`)."""
    mode = mode_of(settings)
    return None if mode.name == "stepped" else SKEW * mode.rate


def clock_of(settings: StoreSettings, stores: Stores) -> Clock:
    """Return the business clock; record in an installation without one that it has this.

    Raises:
        AnotherClock: The installation has another one.
        StoreAway: The clock can't be read.
    """
    mode = mode_of(settings)
    agree(stores, mode)
    match mode.name:
        case "scaled":
            return scaled_clock(stores.clock(), mode.rate)
        case "stepped":
            return SteppedClock(SteppedTime(stores.clock()).read)
        case _:
            return RealClock()


def agree(stores: Stores, wanted: ClockMode) -> None:
    """Record that the installation has the clock `wanted`, unless it has one.

    Raises:
        AnotherClock: It has another.
        StoreAway: It can't be read or recorded.
    """
    first = recorded_mode(stores) or wanted
    row = _kept(stores.clock(), {"_id": MODE, "name": first.name, "rate": first.rate})
    kept = ClockMode(row["name"], row["rate"])
    if kept != wanted:
        raise AnotherClock(kept=kept, wanted=wanted)


def recorded_mode(stores: Stores) -> ClockMode | None:
    """Return the clock that the installation has; None while its databases are empty.

    Releases before this one recorded no mode: of them, a clock that was started tells, and
    commits without one were made in real time.

    Raises:
        StoreAway: It can't be read.
    """
    with answering():
        found = {row["_id"]: row for row in durable(stores.clock(), COLLECTION).find()}
        if MODE in found:
            return ClockMode(found[MODE]["name"], found[MODE]["rate"])
        if "scaled" in found:
            return ClockMode("scaled", found["scaled"]["rate"])
        if "stepped" in found:
            return ClockMode("stepped")
        begun = any(stores.log(name)[COMMITS].find_one({}, {"_id": 1}) for name in LOGS)
    return ClockMode() if begun else None


def scaled_clock(database: Database[Row], rate: int) -> ScaledClock:
    """Return the clock that was started once; start it now, at `rate`, if nobody has.

    Raises:
        StoreAway: As `clock_of`.
    """
    now = time_text(datetime.now(UTC))
    first = {"_id": "scaled", "wall_start": now, "business_start": now, "rate": rate}
    stored = _kept(database, first)
    began = to_time(stored["wall_start"]), to_time(stored["business_start"])
    return ScaledClock(*began, stored["rate"])


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
                raise StoreAway(why="the clock is not readable yet") from None
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
