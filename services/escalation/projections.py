"""Lists of raises, whistles, calls and standing duties: the domain's own state, one document each.

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
from services.common.eventlog.deciding import Aggregate
from services.common.eventlog.projecting import Body, ReadModel
from services.escalation.domain.call import Call
from services.escalation.domain.call_rules import CALL
from services.escalation.domain.duty import DUTY, Duty
from services.escalation.domain.raising import RAISE, Raise
from services.escalation.domain.whistle import Whistle
from services.escalation.domain.whistle_rules import WHISTLE

S = TypeVar("S")
#: What a list doesn't show.
INTERNAL: Final = frozenset({"state", "seen", "sort", "units", "_id"})


def raise_row(state: Raise) -> Body:
    """Return a raise as a list shows it; `units`: those in whose list it is."""
    return {
        "work_order_id": state.work_order_id,
        "request_id": state.request_id,
        "from_unit": state.from_unit,
        "to_unit": state.to_unit,
        "status": state.status,
        "open": state.status == "received",
        "received_at": state.received_at,
        "units": [state.from_unit, state.to_unit],
    }


def whistle_row(state: Whistle) -> Body:
    """Return a whistle as a list shows it."""
    return {
        "town": state.town,
        "kind": state.kind,
        "status": state.status,
        "open": state.status in ("blown", "approved", "acting"),
        "work_orders": [each.work_order_id for each in state.work_orders],
        "place_code": state.place_code,
        "category": state.category,
        "lead": state.lead,
        "support": list(state.support),
        "joined": list(state.joined),
        "here": list(state.here),
        "approved_as": state.approved_as,
        "unapproved": state.unapproved,
        "outcome": state.outcome,
        "meeting_at": state.meeting_at,
        "blown_at": state.blown_at,
        "begun_at": state.begun_at,
    }


def call_row(state: Call) -> Body:
    """Return a call as a list shows it. `phone`: nobody has read it, a person shall phone."""
    return {
        "whistle_id": state.whistle_id,
        "town": state.town,
        "unit": state.unit,
        "lead": state.lead,
        "via": state.via,
        "kind": state.kind,
        "status": state.status,
        "open": state.status != "ended",
        "read": state.read,
        "external_ref": state.external_ref,
        "place_code": state.place_code,
        "category": state.category,
        "meeting_at": state.meeting_at,
        "called_at": state.called_at,
        "reported_in_at": state.reported_in_at,
        "present_as": state.present_as,
        "overdue_step": state.overdue_step,
        "phone": state.second_path and state.status == "called",
        "excused": state.excused,
        "to_rate": state.rating_opened,
        "rated_by_town": state.rated_by_town,
        "rated_by_unit": state.rated_by_unit,
    }


def duty_row(state: Duty) -> Body:
    """Return a standing duty as a list shows it."""
    return {
        "whistle_id": state.whistle_id,
        "unit": state.unit,
        "status": state.status,
        "open": state.status == "assigned",
        "every_seconds": state.every_seconds,
        "assigned_at": state.assigned_at,
        "until_at": state.until_at,
        "slots": state.slots,
        "kept_slots": len(state.kept),
        "missed_slots": state.missed_slots,
    }


def _model(
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


RAISES: Final = _model("raises", RAISE, raise_row, lambda state: state.received_at, "units")
WHISTLES: Final = _model("whistles", WHISTLE, whistle_row, lambda state: state.blown_at, "town")
CALLS: Final = _model("calls", CALL, call_row, lambda state: state.called_at, "unit", "phone")
DUTIES: Final = _model("duties", DUTY, duty_row, lambda state: state.assigned_at, "unit")
READ_MODELS: Final = (RAISES, WHISTLES, CALLS, DUTIES)
