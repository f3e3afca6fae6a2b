"""Replicas of one service that give positions and publish, interleaved at every call of a database.

Now one leads, now all do it at once. Calls fail with their outcome unknown, answers come late,
processes die, forget, and are told late what they have appended.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any
from unittest.mock import patch

from pymongo.errors import AutoReconnect, DuplicateKeyError

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Commit, Tip, sealed
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, _row
from services.common.eventlog.mongo_outbox import MongoOutbox, chain_over
from services.common.eventlog.ports import StoreAway
from services.common.following.sequencer import Sequencer
from tests.support.examples import DAY_ONE, draft
from tests.support.interleaving import hand_back, run_interleaved

STREAMS = 6
TURNS = 12
ENDLESS = 100_000


class Shaky:
    """A collection whose calls let others go first, and may fail before or after they are done."""

    def __init__(self, collection: Any, story: "Story") -> None:
        self._collection = collection
        self._story = story

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._collection, name)

        def called(*args: Any, **kwargs: Any) -> Any:
            hand_back()
            self._fail()
            result = found(*args, **kwargs)
            if name == "find":
                return result  # a cursor is read by whoever asked
            hand_back()
            self._fail()
            return result

        return called

    def _fail(self) -> None:
        self._story.calls += 1
        assert self._story.calls < ENDLESS, "it goes on for ever"
        if self._story.choose.random() < self._story.trouble:
            raise AutoReconnect("nobody knows whether it was done")


class Story:
    """One log, what was appended to it, and what was published."""

    def __init__(self, database: Any, choose: Random, trouble: float = 0.0) -> None:
        self.database = database
        self.choose = choose
        self.trouble = trouble
        self.commits = database[COMMITS]
        self.allocation = database[ALLOCATION]
        self.tips: dict[str, Tip] = {}
        self.appended = 0
        self.published: list[str] = []
        self.leader: object = None
        self.calls = 0
        #: How many were placed from memory, found by looking, or handed over for nothing.
        self.placed, self.found, self.refused = 0, 0, 0

    def outbox(self) -> "Counting":
        return Counting(self)

    def append(self) -> Commit | None:
        """Append to a stream, unless another is faster there."""
        stream = f"workOrder-{self.choose.randrange(STREAMS)}"
        number = f"{stream} {self.appended} {self.choose.random()}"
        commit = sealed(draft(stream, command_id=number), self.tips.get(stream, Tip()))
        hand_back()
        try:
            self.commits.insert_one(_row(commit))
        except DuplicateKeyError:
            return None
        self.appended += 1
        self.tips[stream] = commit.tip
        hand_back()
        return commit

    def placed_ids(self, upto: int = 10**6) -> list[str]:
        """Return what has a position, in the order of these."""
        rows = sorted(self.commits.find({"position": {"$gt": 0}}), key=lambda row: row["position"])
        return [str(row["_id"]) for row in rows if row["position"] <= upto]

    def finish(self) -> None:
        """Let one come who is not disturbed, and do what is left."""
        self.trouble = 0.0
        outbox = self.outbox()
        while outbox.stamp(5):
            pass

    def assert_whole(self) -> None:
        """No position twice, no gap, streams in order, the chain as it was allocated."""
        rows = sorted(self.commits.find({"position": {"$gt": 0}}), key=lambda row: row["position"])
        assert [row["position"] for row in rows] == list(range(1, self.appended + 1))
        ends: dict[str, int] = {}
        for row in rows:
            assert row["version"] == ends.get(row["stream"], 0) + 1, "a stream out of order"
            ends[row["stream"]] = row["version"]
        turn = self.allocation.find_one({"_id": ALLOCATION})
        assert turn["next"] == self.appended + 1
        assert turn["chain"] == chain_over("", [row["hash"] for row in rows])

    def assert_published(self) -> None:
        """Nothing counts as published that wasn't."""
        turn = self.allocation.find_one({"_id": ALLOCATION}) or {}
        reached = set(self.placed_ids(turn.get("published", 0)))
        assert reached <= set(self.published), "lost to the subscribers"


class Counting(MongoOutbox):
    """An outbox on a shaky database that counts how positions came about."""

    def __init__(self, story: Story) -> None:
        super().__init__("dispatch", story.database, SteppedClock(ManualTime(DAY_ONE).read))
        self._story = story
        self._commits = Shaky(self._commits, story)  # type: ignore[assignment]
        self._allocation = Shaky(self._allocation, story)  # type: ignore[assignment]

    def stamp(self, limit: int) -> int:
        found = super().stamp(limit)
        self._story.found += found
        return found

    def place(self, commits: Sequence[Commit], epoch: int) -> Sequence[Commit] | None:
        found = super().place(commits, epoch)
        self._story.placed += len(found or ())
        self._story.refused += found is None
        return found


class Replica:
    """A process with a sequencer, a relay, and somebody who appends."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._choose = story.choose
        self.outbox = story.outbox()
        self._seconds = 0.0
        self._told = 0
        self.sequencer = Sequencer(self.outbox, self.grown, lambda: self._seconds)

    def grown(self, head: int, commits: Sequence[Commit]) -> None:
        """Check that the log goes up to where it is said to, and that these are in their places."""
        assert head > self._told
        self._told = head
        order = self._story.placed_ids(head)
        assert len(order) == head, "told of what isn't there"
        for each in commits:
            assert each.position is not None
            assert order[each.position - 1] == f"{each.stream}@{each.version}"

    def write(self) -> None:
        """Append, and tell of it at once or some appends later."""
        late: list[tuple[list[Commit], int]] = []
        for _ in range(TURNS):
            for _ in range(self._choose.randrange(20)):
                hand_back()  # nobody asks just now
            epoch = self.sequencer.epoch
            commit = self._story.append()
            if commit is not None:
                late.append(([commit], epoch))
            while late and self._choose.random() < 0.8:
                self.sequencer.appended(*late.pop(self._choose.randrange(len(late))))
        for each in late:
            self.sequencer.appended(*each)

    def sequence(self) -> None:
        """Take turns, most of them while leading; forget, as who has lost the lease does."""
        for _ in range(4 * TURNS):
            hand_back()
            if self._choose.random() < 0.03:
                self._story.leader = self
            if self._story.leader not in (self, None) and self._choose.random() < 0.95:
                if self._choose.random() < 0.5:
                    self.outbox.forget()
                continue
            with suppress(StoreAway):
                self._seconds += self.sequencer.turn() * self._choose.random()

    def relay(self) -> None:
        """Publish what has its place, and note it."""
        for _ in range(TURNS):
            hand_back()
            with suppress(StoreAway):
                self._publish()

    def _publish(self) -> None:
        after = self.outbox.published()
        places = enumerate(self.outbox.as_written(after, 3), start=after + 1)
        found = [each for at, each in places if each.position == at]
        self._story.published += (f"{each.stream}@{each.version}" for each in found)
        if found:
            self.outbox.publish_to(after + len(found))
        elif self._choose.random() < 0.5:
            self.outbox.save_published()
        self._story.assert_published()

    def pieces(self) -> Iterator[Any]:
        yield from (self.write, self.sequence, self.relay)


def told(database: Any, seed: int) -> Story:
    """Let replicas do all this on a log as it is; return it whole."""
    choose = Random(seed)  # noqa: S311  a story that can be told again
    story = Story(database, choose, choose.choice([0.0, 0.0, 0.02, 0.1]))
    begin(story)
    replicas = [Replica(story) for _ in range(choose.choice([1, 2, 3]))]
    pieces = [piece for each in replicas for piece in each.pieces()]
    with patch("services.common.eventlog.mongo_outbox.REMEMBERED", choose.choice([2, 20_000])):
        run_interleaved(pieces, choose, crashes=choose.choice([0, 0, 1, 4]))
    story.finish()
    story.assert_whole()
    story.assert_published()
    return story


def begin(story: Story) -> None:
    """Start with an empty log, or with one that a release before this one has left."""
    if story.choose.random() < 0.5:
        return
    found = (story.append() for _ in range(story.choose.randrange(1, 9)))
    rows = [_row(each) for each in found if each is not None]
    published = story.choose.randrange(len(rows) + 1)
    first = story.choose.randrange(len(rows)) + 1  #: of the last turn; who took it may have died
    for position, row in enumerate(rows, start=1):
        if position < first or position <= published or story.choose.random() < 0.5:
            stamp = {"position": position, "stamped_at": row["recorded_at"]}
            story.commits.update_one({"_id": row["_id"]}, {"$set": stamp})
            if position <= published or (position >= first and story.choose.random() < 0.3):
                story.commits.update_one({"_id": row["_id"]}, {"$unset": {"pending": ""}})
                story.published.append(row["_id"])
    turn = {
        "_id": ALLOCATION, "seq": 2, "next": len(rows) + 1, "first": first,
        "ids": [row["_id"] for row in rows[first - 1 :]], "stamped_at": rows[-1]["recorded_at"],
        "chain": chain_over("", [row["hash"] for row in rows]),
    }  # fmt: skip
    story.allocation.insert_one(turn)
