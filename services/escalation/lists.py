"""Read models that hold the domain's own state, one document a stream, for lists.

`state` is what the rules fold, kept so that the next event can be applied; the rest is for lists.
`sort` orders a list and is unique: when it began, then the id.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from services.common.contracts.codec import plain, structured, time_text
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import id_of
from services.common.eventlog.folding import Aggregate
from services.common.following.projecting import Body, ReadModel

S = TypeVar("S")
#: What a list doesn't show.
INTERNAL: Final = frozenset({"state", "seen", "sort", "units", "_id"})


def model_of(
    name: str,
    aggregate: Aggregate[S],
    row: Callable[[S], Body],
    begun: Callable[[S], datetime | None],
    *listed_by: str,
) -> ReadModel:
    """Return the read model of one kind of stream; a document has the stream's id.

    `listed_by`: the fields by which lists pick documents.
    """

    def subject_of(commit: Commit) -> str:
        return id_of(commit.stream)

    def apply(body: Body, fact: Fact) -> Body:
        if isinstance(fact.event, ReactionRefused | UnknownEvent):
            return body
        before = structured(type(aggregate.initial), body.get("state", {}))
        state = aggregate.evolve(before, fact.event, fact.recorded_at)
        return _document(id_of(fact.stream), state, fact.version)

    def _document(subject: str, state: S, version: int) -> Body:
        at = begun(state)
        found: dict[str, Any] = plain(row(state))
        sort = f"{time_text(at) if at else ''}/{subject}"
        return {**found, "id": subject, "version": version, "sort": sort, "state": plain(state)}

    indexed = tuple((each, "sort") for each in listed_by)
    return ReadModel(name, frozenset({aggregate.category}), subject_of, apply, indexed)
