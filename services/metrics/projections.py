"""The three records that every figure is computed from, each pure.

`request_records` one document a request: `request` (its stream), `order`, `raises`, `clock`
`whistle_records` one document a whistle: `whistle`, `calls` by id, `clock`
`duty_records`    one document a standing duty: `duty`, `clock`

Each part is a fold of one stream; beside them stand `id`, `began_at` (the earliest event),
`reaches` (the latest event or due moment: no figure of a later month knows it once it is over),
`open`, and `until`, empty while open, else `reaches` made unique by the id.
"""

from collections.abc import Callable, Mapping
from typing import Final

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.clocks import DeadlineArmed
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import category_of, id_of
from services.common.following.projecting import Body, ReadModel
from services.metrics.clock_part import clock_told
from services.metrics.marks import Part
from services.metrics.request_part import order_told, raise_told, request_told
from services.metrics.whistle_part import call_told, duty_told, whistle_told

#: Whose record a clock's events belong to, by the category of the stream that is waited for.
_RECORD_OF: Final[Mapping[str, str]] = {
    "request": "request",
    "workOrder": "request",
    "raise": "request",
    "whistle": "whistle",
    "call": "whistle",
    "duty": "duty",
}
_FOLDS: Final[Mapping[str, Callable[[Part, Fact], Part]]] = {
    "request": request_told,
    "workOrder": order_told,
    "raise": raise_told,
    "whistle": whistle_told,
    "call": call_told,
    "duty": duty_told,
    "clock": clock_told,
}
_SINGLE: Final[Mapping[str, str]] = {
    "request": "request",
    "workOrder": "order",
    "whistle": "whistle",
    "duty": "duty",
    "clock": "clock",
}
_SEVERAL: Final[Mapping[str, str]] = {"raise": "raises", "call": "calls"}


# -- whose document a commit belongs to -----------------------------------------------------------


def _of(record: str) -> frozenset[str]:
    own = {category for category, belongs_to in _RECORD_OF.items() if belongs_to == record}
    return frozenset(own | {"clock"})


def _subject(record: str) -> Callable[[Commit], str | None]:
    def subject_of(commit: Commit) -> str | None:
        category = category_of(commit.stream)
        if category == "clock":
            return id_of(commit.stream) if _clock_of(commit) == record else None
        return id_of(commit.stream) if category == record else _carried(commit, record)

    return subject_of


def _clock_of(commit: Commit) -> str | None:
    """Return which record a clock's commit belongs to.

    Every clock event but `ClocksStopped` names the stream waited for; a commit of that alone is
    told apart by its cause, the end of the order, the whistle or the duty.
    """
    for fact in commit.facts:  # written out: of all that metrics does this is done most often
        found = _RECORD_OF.get(category_of(getattr(fact.event, "subject", None) or ""))
        if found is not None:
            return found
    return _RECORD_OF.get(category_of(commit.cause.stream)) if commit.cause is not None else None


def _carried(commit: Commit, record: str) -> str | None:
    """Return the `request_id` or `whistle_id` that the events carry.

    A commit of refused reactions alone carries none, and no figure needs it.
    """
    name = f"{record}_id"
    for fact in commit.facts:
        found: str | None = getattr(fact.event, name, None)
        if found is not None:
            return found
    return None


# -- how a document moves --------------------------------------------------------------------------


def _moved(id_name: str, is_open: Callable[[Body], bool]) -> Callable[[Body, Fact], Body]:
    """Return how a record moves: fold the fact into its part, then say when, and whether open."""

    def apply(body: Body, fact: Fact) -> Body:
        if isinstance(fact.event, UnknownEvent | ReactionRefused):
            return body
        told = _told(body, fact)
        found = getattr(fact.event, id_name, None) or id_of(fact.stream)
        return _dated(told, fact, id=found, is_open=is_open(told))

    return apply


def _told(body: Body, fact: Fact) -> Body:
    category = category_of(fact.stream)
    fold = _FOLDS[category]
    if (name := _SEVERAL.get(category)) is not None:
        parts = body.setdefault(name, {})
        parts[id_of(fact.stream)] = fold(parts.get(id_of(fact.stream), {}), fact)
    else:
        name = _SINGLE[category]
        body[name] = fold(body.get(name, {}), fact)
    return body


def _dated(body: Body, fact: Fact, *, id: str, is_open: bool) -> Body:  # noqa: A002  its own name
    at = time_text(fact.recorded_at)
    due = time_text(fact.event.due_at) if isinstance(fact.event, DeadlineArmed) else at
    reaches = max(body.get("reaches", at), at, due)
    return {
        **body,
        "id": id,
        "began_at": min(body.get("began_at", at), at),
        "reaches": reaches,
        "open": is_open,
        "until": "" if is_open else f"{reaches}~{id}",
    }


def _request_is_open(body: Body) -> bool:
    order = body.get("order")
    return "closed" not in body.get("request", {}) or (order is not None and "closed" not in order)


def _whistle_is_open(body: Body) -> bool:
    over = {"rejected", "withdrawn", "concluded"} & body.get("whistle", {}).keys()
    ends = {"released", "withdrawn", "excused"}
    return not over or any(not ends & call.keys() for call in body.get("calls", {}).values())


def _duty_is_open(body: Body) -> bool:
    return "ended" not in body.get("duty", {})


def _model(record: str, is_open: Callable[[Body], bool]) -> ReadModel:
    moved = _moved(f"{record}_id", is_open)
    indexed = (("open",), ("until",))
    return ReadModel(f"{record}_records", _of(record), _subject(record), moved, indexed)


REQUEST_RECORDS: Final = _model("request", _request_is_open)
WHISTLE_RECORDS: Final = _model("whistle", _whistle_is_open)
DUTY_RECORDS: Final = _model("duty", _duty_is_open)
READ_MODELS: Final[tuple[ReadModel, ...]] = (REQUEST_RECORDS, WHISTLE_RECORDS, DUTY_RECORDS)
