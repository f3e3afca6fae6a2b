"""What a rebuild keeps of itself in the database, so that one that was killed goes on.

`rebuilds` holds a document for each rebuild that has begun and not ended, and one for each of its
slices: up to where it has scanned, what it holds, or that it is done. `rebuild_<read model>` holds
the documents as folded up to there, or further: what a document has seen it passes over.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.database import Database

from services.common.errors import Transient
from services.common.eventlog.mongo import Row, answering, on_disk
from services.common.following.cursors import Held
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document
from services.common.following.projecting import Body
from services.operating.rebuilding.kept import pages
from services.operating.rebuilding.slices import Slice
from services.operating.rebuilding.tallying import Tally
from services.terminal.environment import CHECKOUT

REBUILDS: Final = "rebuilds"
#: What was begun longer ago begins anew: whoever was erased since must not come back.
RESUMED_WITHIN: Final = timedelta(days=1)


class RebuildOvertaken(Transient):
    """Another process has taken this slice over: the same rebuild was started once more."""


def release() -> str:
    """Return a mark of the code that folds; documents that other code has folded are not used."""
    digest = hashlib.sha256()
    for file in sorted((CHECKOUT / "services").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Begun:
    """A rebuild that has begun: its name in the database, and what of it is done.

    `resumed`: an earlier one was found, that goes on. `done`: by slice, what could not be read.
    """

    token: str
    slices: int
    resumed: bool
    done: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


class Rebuilds:
    """The rebuilds of one service that have begun and not ended, by what they rebuild."""

    def __init__(self, database: Database[Row], models: Iterable[str]) -> None:
        """Reach `view_<service>`; `models` are those that a rebuild may have saved."""
        self._database = database
        self._models = tuple(models)
        self._rebuilds = on_disk(database, REBUILDS)

    def begin(self, what: str, slices: int, *, anew: bool = False) -> Begun:
        """Return the rebuild of `what` that goes on, or a new one in so many slices."""
        with answering():
            found = self._rebuilds.find_one({"_id": what})
        if found is not None and not anew and _goes_on(found):
            return self._found(found)
        token = uuid.uuid4().hex
        leftover = [found["token"], *found.get("leftover", ())] if found is not None else []
        row = {
            "token": token,
            "slices": slices,
            "release": release(),
            "begun_at": datetime.now(UTC),
            "leftover": leftover,
        }
        with answering():
            self._rebuilds.replace_one({"_id": what}, row, upsert=True)
        self._clear(leftover)
        return Begun(token, slices, resumed=False)

    def end(self, what: str, begun: Begun) -> None:
        """Forget a rebuild that is done, and all that it has saved."""
        with answering():
            done = self._rebuilds.delete_one({"_id": what, "token": begun.token})
        if done.deleted_count:
            self._clear([begun.token])

    def _found(self, row: Row) -> Begun:
        with answering():
            rows = self._rebuilds.find(
                {"_id": _below(row["token"]), "unreadable": {"$exists": True}}
            )
            done = {each["number"]: dict(each["unreadable"]) for each in rows}
        self._clear(row.get("leftover", ()))
        return Begun(row["token"], row["slices"], resumed=True, done=done)

    def _clear(self, tokens: Iterable[str]) -> None:
        for token in tokens:
            for name in (REBUILDS, *map(collection_of, self._models)):
                with answering():
                    on_disk(self._database, name).delete_many({"_id": _below(token)})


def _goes_on(row: Row) -> bool:
    began: datetime = row["begun_at"].replace(tzinfo=UTC)
    return row["release"] == release() and datetime.now(UTC) - began < RESUMED_WITHIN


def collection_of(model: str) -> str:
    """Return where documents of `model` are saved."""
    return f"rebuild_{model}"


def _below(prefix: str) -> dict[str, str]:
    return {"$gt": f"{prefix}/", "$lt": f"{prefix}0"}  # 0 is what follows the slash


class SavedDocuments:
    """Folded documents of one slice in the database."""

    def __init__(self, database: Database[Row], token: str, slice_: Slice) -> None:
        """Keep documents of the rebuild `token`."""
        self.any = False  #: whether any was ever saved
        self._database = database
        self._documents = MongoDocuments(database)
        self._prefix = f"{token}/{slice_.number}"
        self._revisions: dict[str, dict[str, int]] = {}

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Body]:
        """Return the bodies of those that are saved, by id."""
        wanted = [f"{self._prefix}/{each}" for each in ids]
        found = self._documents.get_many(collection_of(model), wanted)
        known = {self._id(each): each for each in found.values() if each.revision}
        of_model = self._revisions.setdefault(model, {})
        of_model |= {name: each.revision for name, each in known.items()}
        return {name: dict(each.body) for name, each in known.items()}

    def put_many(self, model: str, bodies: Sequence[tuple[str, Body]]) -> None:
        """Save bodies over those that were read or saved here.

        Raises:
            RebuildOvertaken: Another process has saved one meanwhile.
        """
        self.any = True
        known = self._revisions.setdefault(model, {})
        for start in range(0, len(bodies), 1000):
            page = [
                Document(f"{self._prefix}/{name}", known.get(name, 0), body)
                for name, body in bodies[start : start + 1000]
            ]
            if not all(self._documents.put_many(collection_of(model), page)):
                raise RebuildOvertaken(model=model)
            known |= {self._id(each): each.revision + 1 for each in page}

    def pages(self, model: str) -> Iterator[Sequence[str]]:
        """Yield the ids of all that are saved, up to a thousand at a time."""
        for page in pages(self._database, collection_of(model), _below(self._prefix)):
            yield [each[len(self._prefix) + 1 :] for each in page]

    def forget(self, model: str) -> None:
        """Know nothing of what is saved; it is read again."""
        self._revisions.pop(model, None)

    def _id(self, document: Document) -> str:
        return document.id[len(self._prefix) + 1 :]


@dataclass(frozen=True, slots=True)
class SliceProgress:
    """Up to where a slice was scanned: positions by log, and what is held, by model and stream."""

    positions: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, Mapping[str, Held]] = field(default_factory=dict)


class SavedSlice:
    """How far one slice of a rebuild is. One process at a time may move it."""

    def __init__(self, database: Database[Row], token: str, slice_: Slice) -> None:
        """Name the slice; `take_over` begins."""
        self.documents = SavedDocuments(database, token, slice_)
        self._rebuilds = on_disk(database, REBUILDS)
        self._number = slice_.number
        self._id = f"{token}/{slice_.number}"
        self._owner = uuid.uuid4().hex

    def take_over(self) -> SliceProgress:
        """Return how far the slice is; whoever else works on it can't move it from now on."""
        change = {"$set": {"owner": self._owner, "number": self._number}}
        with answering():
            row = self._rebuilds.find_one_and_update(
                {"_id": self._id}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        self.documents.any = "positions" in row
        held = {
            model: {stream: Held(since=_now(), **each) for stream, each in streams}
            for model, streams in row.get("held", {}).items()
        }
        return SliceProgress(row.get("positions", {}), held)

    def move(self, reached: SliceProgress) -> None:
        """Say how far the slice is. All that was folded up to there must be saved.

        Raises:
            RebuildOvertaken: Another process works on it.
        """
        held = {
            model: [(stream, _plain(each)) for stream, each in streams.items()]
            for model, streams in reached.held.items()
        }
        self._set({"positions": dict(reached.positions), "held": held})

    def finish(self, tally: Tally) -> None:
        """Say that the slice is done, and what of it could not be read. Raises as `move` does."""
        self._set({"unreadable": list(tally.unreadable.items())})

    def _set(self, values: Mapping[str, Any]) -> None:
        with answering():
            done = self._rebuilds.update_one(
                {"_id": self._id, "owner": self._owner}, {"$set": values}
            )
        if not done.matched_count:
            raise RebuildOvertaken(slice=self._number)


def _now() -> datetime:
    return datetime.now(UTC)


def _plain(held: Held) -> dict[str, Any]:
    return {"version": held.version, "reason": held.reason, "hangs_on": held.hangs_on}
