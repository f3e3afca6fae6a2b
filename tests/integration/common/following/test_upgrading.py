"""First cursors on a real MongoDB, from what an older release has left of following by stream."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from pymongo.database import Database

from services.common.eventlog.mongo import Row
from services.common.following.cursors import Cursor, Cursors, Held
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.upgrading import FOLLOWING, SWEPT, begin
from services.testing.memory_log import MemoryLog
from tests.support.databases import own_database
from tests.support.waiting import PATIENCE_SECONDS
from tests.unit.common.eventlog.toy import append, log_of
from tests.unit.common.following.processing import FOR_EVER, Q, R, Scribe, U, V, W, World, hanging

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


class Old:
    """The rows of one consumer as releases before following by position wrote them."""

    def __init__(self, database: Database[Row], consumer: str = "scribe") -> None:
        self._database = database
        self._consumer = consumer

    def swept(self, log: str, position: int) -> None:
        self._database[SWEPT].insert_one(
            {"_id": f"{self._consumer}|{log}", "consumer": self._consumer, "position": position}
        )

    def followed(self, stream: str, **more: object) -> None:
        row = {"_id": f"{self._consumer}|{stream}", "consumer": self._consumer, "stream": stream}
        self._database[FOLLOWING].insert_one({**row, **more})

    def parked(self, stream: str, version: int, hangs_on: str | None = None) -> None:
        why = {"reason": "Corrupt: torn", "at": NOON, "hangs_on": hangs_on, "rung": 2}
        self.followed(stream, version=version - 1, parked={"version": version, **why})

    def retried(self, stream: str, version: int, **more: object) -> None:
        """Write a retry row; `version` is what was handled last, 0 leaves it out as they did."""
        known = {"version": version} if version else {}
        self.followed(stream, retry_at=LATER, reason="StoreAway: x", **known, **more)


class Installation:
    """Logs, and the view of a service in which an older release has left its rows."""

    def __init__(self, database: Database[Row]) -> None:
        self.database = database
        self.logs: dict[str, MemoryLog] = {
            name: log_of(name) for name in ("intake", "dispatch", "escalation")
        }
        self.cursors = MongoCursors(database)
        self.old = Old(database)

    def happen(self, *streams: str) -> None:
        for each in streams:
            append(self.logs["intake" if each.startswith("request") else "dispatch"], each)

    def begin(self, *consumers: str, cursors: Cursors | None = None) -> Cursor:
        """Let a process begin; return the cursor of the first of its consumers."""
        names = consumers or ("scribe",)
        begin(map(scribe, names), cursors or self.cursors, self.database, self.logs)
        return self.cursors.load(names[0])


def scribe(name: str) -> Scribe:
    found = Scribe()
    found.name = name
    return found


@pytest.fixture
def before(mongodb_uri: str) -> Iterator[Installation]:
    with own_database(mongodb_uri, "upgrade") as database:
        yield Installation(database)


def test_a_new_consumer_begins_at_the_start_of_what_it_follows(before: Installation) -> None:
    before.happen(W, R)
    assert before.begin() == Cursor(1, {"dispatch": 0, "intake": 0})


def test_it_stands_where_the_sweep_stood(before: Installation) -> None:
    before.happen(W, W, R)
    before.old.swept("dispatch", 2)
    before.old.swept("escalation", 7)
    before.old.followed(W, version=2)
    assert before.begin() == Cursor(1, {"dispatch": 2, "intake": 0})


def test_a_parked_stream_is_parked_from_the_same_commit_for_the_same_reason(
    before: Installation,
) -> None:
    before.happen(W, W, W)
    before.old.parked(W, 2)
    assert before.begin().held == {W: Held(2, "Corrupt: torn", NOON)}


def test_what_was_tried_again_is_tried_again_with_as_many_attempts_behind_it(
    before: Installation,
) -> None:
    before.happen(W, W, V)
    before.old.retried(W, 1, attempts=3, faults=2)
    before.old.retried(V, 0, attempts=1)
    found = before.begin().held
    assert (found[W].version, found[W].attempts, found[W].faults) == (2, 3, 2)
    assert (found[V].version, found[V].attempts, found[V].faults) == (1, 1, 0)
    assert {(each.reason, each.retry_at) for each in found.values()} == {("StoreAway: x", LATER)}


def test_a_retry_of_what_does_not_exist_is_dropped(before: Installation) -> None:
    """A doorbell may have named what never came, or what has been done since."""
    before.happen(W)
    before.old.retried(W, 1, attempts=1)
    before.old.retried(V, 0, attempts=1)
    before.old.retried("cluster-c", 0, attempts=1)
    assert before.begin().held == {}


def test_a_stream_that_was_parked_is_not_tried_again_whatever_a_slow_replica_wrote(
    before: Installation,
) -> None:
    before.happen(W)
    before.old.followed(
        W, retry_at=LATER, attempts=1, reason="x",
        parked={"version": 1, "reason": "Corrupt: torn", "at": NOON, "hangs_on": None, "rung": 0},
    )  # fmt: skip
    assert before.begin().held[W].parked


def test_what_others_have_left_is_none_of_its_business(before: Installation) -> None:
    before.happen(W)
    others = Old(before.database, "others")
    others.parked(W, 1)
    others.swept("dispatch", 1)
    assert before.begin() == Cursor(1, {"dispatch": 0, "intake": 0})


def test_a_consumer_that_has_got_another_name_goes_on_from_the_old_one(
    before: Installation,
) -> None:
    before.happen(W, W)
    caller = Old(before.database, "escalation.caller")
    caller.swept("dispatch", 1)
    caller.parked(W, 1)
    found = before.begin("escalation.notifier")
    assert (found.positions["dispatch"], hanging(found.held)) == (1, {W: (1, None)})


def test_a_cursor_that_is_there_is_left_alone(before: Installation) -> None:
    saved = before.cursors.save("scribe", Cursor(0, {"dispatch": 5, "intake": 1}))
    before.old.swept("dispatch", 2)
    before.old.parked(W, 1)
    before.happen(W)
    assert before.begin("scribe", "another") == saved
    assert set(before.cursors.load_all()) == {"scribe", "another"}


def test_two_replicas_may_begin_at_once(before: Installation) -> None:
    before.old.swept("dispatch", 1)
    together = Barrier(2)

    class Together(MongoCursors):
        def load_all(self) -> dict[str, Cursor]:
            found = dict(super().load_all())
            together.wait(PATIENCE_SECONDS)
            return found

    replicas = [Together(before.database), Together(before.database)]
    with ThreadPoolExecutor(2) as processes:
        began = [processes.submit(before.begin, cursors=each) for each in replicas]
        for each in began:
            each.result(PATIENCE_SECONDS)
    assert before.cursors.load_all() == {"scribe": Cursor(1, {"dispatch": 1, "intake": 0})}


# -- and going on ----------------------------------------------------------------------------------


def upgraded(before: Installation, world: World) -> World:
    """Return `world` with the cursor that an older release's rows come to."""
    before.logs = {"intake": world.intake, "dispatch": world.dispatch}
    world.cursors.save("scribe", unsaved(before.begin()))
    return world


def unsaved(cursor: Cursor) -> Cursor:
    return Cursor(0, cursor.positions, cursor.held)


def test_what_hung_on_a_parked_stream_goes_on_with_it(before: Installation) -> None:
    world = World()
    effect = world.happens(R, world.happens(W))
    world.happens(V, effect)
    for stream, hangs_on in ((W, None), (R, W), (V, R)):
        before.old.parked(stream, 1, hangs_on)
    before.old.swept("dispatch", 2)
    before.old.swept("intake", 1)
    upgraded(before, world)
    world.processor.retry_due(FOR_EVER)
    world.rest()
    assert (world.told, set(world.held)) == ([], {W, R, V})
    world.processor.replay(W)
    world.processor.retry_due(FOR_EVER)
    assert (world.told, world.held) == ([f"{W}@1", f"{R}@1", f"{V}@1"], {})


def test_what_hung_on_a_stream_that_had_gone_on_meanwhile_goes_on_by_itself(
    before: Installation,
) -> None:
    """An older release was killed between letting the one go on and the other."""
    world = World()
    world.happens(R, world.happens(W))
    before.old.followed(W, version=1)
    before.old.parked(R, 1, hangs_on=W)
    before.old.swept("dispatch", 1)
    before.old.swept("intake", 1)
    upgraded(before, world)
    world.processor.retry_due(FOR_EVER)
    assert (world.told, world.held) == ([f"{R}@1"], {})


def test_nothing_is_told_twice_but_what_the_sweep_had_not_passed(before: Installation) -> None:
    world = World()
    for stream in (W, V, Q, U, W):
        world.happens(stream)
    before.old.swept("dispatch", 2)
    before.old.swept("intake", 1)
    before.old.followed(W, version=2)
    before.old.retried(V, 0, attempts=1)
    upgraded(before, world)
    world.rest()
    assert world.told == [f"{U}@1", f"{W}@2"]
    world.processor.retry_due(FOR_EVER)
    assert world.told == [f"{U}@1", f"{W}@2", f"{V}@1"]
