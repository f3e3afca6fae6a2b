"""Rebuilds read models while the service runs; lists never get empty meanwhile.

Nothing is dropped first: a running follower would apply its next commit to a document that is
not there, and what came before would be missing for ever. Instead the logs are followed anew into
a shadow, and each shadow document is written over the kept one by compare-and-set, once it has
seen all that the kept one has. From there the running follower goes on as it would have: what a
document has seen it passes over, so its checkpoints stay as they are.

The shadow is held in memory: some 10 KB a document.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo.database import Database

from services.common.contracts.commit import Commit
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import Row, answering, rebuildable
from services.common.eventlog.ports import LogReader, StreamConflict
from services.common.following.follower import Follower
from services.common.following.memory import MemoryCheckpoints, MemoryDocuments
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document, StreamParked
from services.common.following.projecting import Projector

WINDOW: Final = 2000
ATTEMPTS: Final = 100
Move = Callable[[int, int], None]


@dataclass(slots=True)
class Tally:
    """What a rebuild did; commits and events are counted once a model.

    `unreadable`: stream -> why; documents that have seen more of it were left alone.
    """

    commits: int = 0
    events: int = 0
    documents: int = 0
    written: int = 0
    removed: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)


class Shadow(MemoryDocuments):
    """Documents that only the rebuild sees."""

    def ids(self, model: str) -> list[str]:
        """Return the ids of every document of `model`."""
        return sorted(self._models.get(model, {}))


class KeptDocuments:
    """The documents that the service keeps and lists show."""

    def __init__(self, database: Database[Row]) -> None:
        """Reach the documents in `view_<service>`."""
        self._database = database
        self._documents = MongoDocuments(database)

    def get(self, model: str, id: str) -> Document:  # noqa: A002  the port's own name
        """Return the document, or one of revision 0."""
        return self._documents.get(model, id)

    def put(self, model: str, document: Document) -> bool:
        """Write over the revision it was read at; False if somebody was faster."""
        return self._documents.put(model, document)

    def ids(self, model: str) -> Iterator[str]:
        """Yield the id of every document of `model`."""
        with answering():
            for row in rebuildable(self._database, model).find({}, {"_id": 1}):
                yield row["_id"]

    def remove(self, model: str, document: Document) -> bool:
        """Delete a document that no commit accounts for, unless it has moved since."""
        wanted = {"_id": document.id, "revision": document.revision}
        with answering():
            done = rebuildable(self._database, model).delete_one(wanted)
        return done.deleted_count == 1


class Rebuild:
    """Follows the logs for each of several read models, then settles their documents."""

    def __init__(
        self,
        models: Iterable[Projector],
        *,
        logs: Mapping[str, LogReader],
        shadow: Shadow,
        kept: KeptDocuments,
    ) -> None:
        """Wire projectors that write to `shadow`."""
        self.tally = Tally()
        self._shadow = shadow
        self._kept = kept
        chart = LiveChart(logs["dispatch"])
        self._followers = {
            projector.model.name: Follower(
                _Counted(projector, self.tally),
                logs=logs,
                checkpoints=MemoryCheckpoints(projector.name),
                chart=chart,
            )
            for projector in models
        }

    def run(self, move: Move) -> Tally:
        """Rebuild; `move(done, of)` counts commits, also those that were passed over.

        Raises:
            Transient: Something is away; what was written is right. Run it again.
        """
        of = sum(log.head() for each in self._followers.values() for log in each.logs.values())
        done = 0
        for follower in self._followers.values():
            for name in follower.logs:
                for passed in self._follow(follower, name):
                    done += passed
                    move(min(done, of), of)
        for model, follower in self._followers.items():
            self._settle(model, follower)
        return self.tally

    def _follow(self, follower: Follower, name: str) -> Iterator[int]:
        """Follow a log to its end; yield, stream by stream, how many commits are behind us."""
        position = 0
        while stamps := follower.logs[name].stamps(position, WINDOW):
            for stream, commits in Counter(each.stream for each in stamps).items():
                if follower.concerned_by(stream):
                    self._catch_up(follower, stream)
                yield commits
            position = stamps[-1].position

    def _catch_up(self, follower: Follower, stream: str) -> bool:
        """Follow `stream` to its end; say whether that was possible."""
        try:
            follower.catch_up(stream)
        except StreamParked as error:
            self.tally.unreadable[stream] = str(error.facts["reason"])
            return False
        return True

    # -- settling --------------------------------------------------------------------------------

    def _settle(self, model: str, follower: Follower) -> None:
        for each in self._shadow.ids(model):
            self._write(model, each, follower)
        for each in self._kept.ids(model):
            if not self._shadow.get(model, each).revision:
                self._stray(model, each, follower)
        self.tally.documents += len(self._shadow.ids(model))

    def _write(self, model: str, id: str, follower: Follower) -> None:  # noqa: A002  its own name
        """Bring the kept document to what the logs say, however the service moves it meanwhile."""
        for _ in range(ATTEMPTS):
            kept = self._kept.get(model, id)
            if not all(self._catch_up(follower, each) for each in self._ahead(model, kept)):
                return
            wanted = self._shadow.get(model, id)
            if kept.body == wanted.body:
                return
            if self._kept.put(model, Document(id, kept.revision, wanted.body)):
                self.tally.written += 1
                return
        raise StreamConflict(model=model, document=id)

    def _ahead(self, model: str, kept: Document) -> list[str]:
        """Return the streams of which the service has seen more than the shadow."""
        wanted = _seen(self._shadow.get(model, kept.id))
        return [each for each, version in _seen(kept).items() if version > wanted.get(each, 0)]

    def _stray(self, model: str, id: str, follower: Follower) -> None:  # noqa: A002  its own name
        """Remove a document that the logs don't account for; one that is only newer is right."""
        kept = self._kept.get(model, id)
        if not all(self._catch_up(follower, each) for each in _seen(kept)):
            return
        if self._shadow.get(model, id).revision:
            self._write(model, id, follower)
        elif kept.revision and self._kept.remove(model, kept):
            self.tally.removed += 1


class _Counted:
    """A projector whose commits are counted."""

    def __init__(self, projector: Projector, tally: Tally) -> None:
        self.name = projector.name
        self.follows = projector.follows
        self.in_causal_order = projector.in_causal_order
        self._projector = projector
        self._tally = tally

    def handle(self, commit: Commit) -> None:
        self._projector.handle(commit)
        self._tally.commits += 1
        self._tally.events += len(commit.draft.events)


def _seen(document: Document) -> Mapping[str, int]:
    body: Mapping[str, Any] = document.body
    found: Mapping[str, int] = body.get("seen", {})
    return found
