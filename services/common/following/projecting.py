"""Read models: a document belongs to one subject and holds how far it has seen each stream.

Applying a commit is one atomic write that also moves `seen.<stream>`, so a crash, a repetition or
a race counts nothing twice. (A bare `$inc` with a cursor elsewhere counts twice.)
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.commit import Commit, Fact
from services.common.eventlog.ports import StreamConflict
from services.common.following.ports import Document, Documents

#: So long a document may wait for the next commits that move it.
WRITTEN_BEHIND_SECONDS: Final = 0.25
#: Documents that a batch remembers once they are written.
REMEMBERED: Final = 2000
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadModel:
    """What a read model is: its name, whose document a commit belongs to, and how it moves.

    `of`: the categories of streams that it is made of; it is told of no others.
    `subject_of(commit)` returns a document id, or None if the commit is no concern of it. Of events
    it asks fields by name alone (`getattr`): a rebuild asks it before they are checked.
    `apply(body, fact)` returns the next body (pure; plain JSON; it may mutate what it was given).
    A document is never deleted: a late repetition would bring it back without its `seen`.
    `indexed`: the sequences of body fields that views find by.
    """

    name: str
    of: frozenset[str]
    subject_of: Callable[[Commit], str | None]
    apply: Callable[[Body, Fact], Body]
    indexed: tuple[tuple[str, ...], ...] = ()


class Projector:
    """A consumer that keeps one read model.

    One that is made of several categories is told in causal order: a document joins their streams.
    One of a single category is told stream by stream.
    """

    def __init__(
        self,
        name: str,
        model: ReadModel,
        documents: Documents,
        patience_seconds: float = WRITTEN_BEHIND_SECONDS,
    ) -> None:
        """Wire a read model to where its documents are kept; see `Consumer` for its patience."""
        self.name = name
        self.follows = model.of
        self.in_causal_order = len(model.of) > 1
        self.patience_seconds = patience_seconds
        self.model = model
        self._documents = documents

    def batch(self) -> "ProjectionBatch":
        """Begin a batch; see `Consumer`."""
        return ProjectionBatch(self.model, self._documents)


class ProjectionBatch:
    """The documents of one read model that some commits move, written in one request.

    A document may be changed in memory before something fails: then the batch is thrown away. Those
    that were written are remembered, as they are stored unless another moves them: that shows in
    writing.
    """

    def __init__(self, model: ReadModel, documents: Documents) -> None:
        """Begin with nothing."""
        self._model = model
        self._documents = documents
        self._expected: set[str] = set()
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._moved: dict[str, Document] = {}

    def expect(self, commit: Commit) -> None:
        """Note the document of `commit`."""
        subject = self._model.subject_of(commit)
        if subject is not None:
            self._expected.add(subject)

    def handle(self, commit: Commit) -> None:
        """Apply `commit` to its document, once."""
        self._read()
        subject = self._model.subject_of(commit)
        if subject is None:
            return
        document = self._moved.get(subject) or self._known[subject]
        if _seen(document.body).get(commit.stream, 0) < commit.version:
            self._moved[subject] = _applied(self._model, document, commit)

    def _read(self) -> None:
        """Read together what is expected and not known."""
        unknown = []
        for each in self._expected:  # few, and many are known: no operation of whole sets
            if each in self._known:
                self._known.move_to_end(each)
            else:
                unknown.append(each)
        if unknown:
            self._known |= self._documents.get_many(self._model.name, unknown)
        self._expected = set()

    def flush(self) -> None:
        """Write every document that moved over the revision at which it was read.

        Raises:
            StreamConflict: Another has moved one meanwhile; what it has seen must be read anew.
        """
        moved = list(self._moved.values())
        written = self._documents.put_many(self._model.name, moved)
        if not all(written):
            lost = moved[list(written).index(False)]
            raise StreamConflict(model=self._model.name, document=lost.id)
        for each in moved:
            self._known[each.id] = Document(each.id, each.revision + 1, each.body)
        self._moved = {}
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _applied(model: ReadModel, document: Document, commit: Commit) -> Document:
    """Return `document` after `commit`, at the revision at which it was read."""
    body: Body = dict(document.body)
    for fact in commit.facts:
        body = model.apply(body, fact)
    body["seen"] = {**_seen(document.body), commit.stream: commit.version}
    return Document(document.id, document.revision, body)


def _seen(body: Mapping[str, Any]) -> Mapping[str, int]:
    found: Mapping[str, int] = body.get("seen", {})
    return found
