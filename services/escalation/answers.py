"""What escalation answers: schemas for the reference; nothing is dumped by them."""

from typing import Final, get_args

from marshmallow import fields

from services.common.contracts.vocabulary import (
    ApprovedAs,
    CalledVia,
    ClockKind,
    ReportInMode,
    WhistleKind,
    WhistleOutcome,
)
from services.common.http.reference.answers import (
    AnswerShape,
    maybe,
    page_of,
    text,
    texts,
    time,
    whole,
    word,
    yes_no,
)
from services.escalation.calls.call import CallStatus
from services.escalation.clocks.clock import ArmingStatus
from services.escalation.duties.rules import DutyStatus
from services.escalation.raises.rules import RaiseStatus
from services.escalation.whistles.whistle import WhistleStatus


def _of(statuses: object) -> fields.String:
    """Return a field for the status of something that is there."""
    return word(each for each in get_args(statuses) if each != "absent")


class StatusAfter(AnswerShape):
    """What a command was about, after it."""

    id = text()
    status = text()
    version = whole()


class RaiseLine(AnswerShape):
    """A raise in a list."""

    id = text()
    work_order_id = text()
    request_id = text()
    from_unit = text()
    to_unit = text()
    status = _of(RaiseStatus)
    open = yes_no()
    received_at = time()
    version = whole()


class RaiseSeen(RaiseLine):
    """One raise, with the town's advice."""

    advice = maybe()
    void_reason = maybe()
    possible = texts()


class WhistleLine(AnswerShape):
    """A whistle in a list."""

    id = text()
    town = text()
    kind = word(get_args(WhistleKind))
    status = _of(WhistleStatus)
    open = yes_no()
    work_orders = texts()
    place_code = text()
    category = text()
    contact_office = fields.String(required=True, allow_none=True)
    lead = text()
    support = texts()
    joined = texts()
    here = texts()
    approved_as = word(get_args(ApprovedAs), required=False)
    unapproved = yes_no()
    outcome = word(get_args(WhistleOutcome), required=False)
    meeting_at = time(required=False)
    blown_at = time()
    begun_at = time(required=False)
    version = whole()


class CallLine(AnswerShape):
    """A call in a list."""

    id = text()
    whistle_id = text()
    town = text()
    unit = text()
    lead = yes_no()
    via = word(get_args(CalledVia))
    kind = word(get_args(WhistleKind))
    status = _of(CallStatus)
    open = yes_no()
    read = yes_no()
    external_ref = maybe()
    place_code = text()
    category = text()
    contact_office = fields.String(required=True, allow_none=True)
    meeting_at = time(required=False)
    called_at = time()
    reported_in_at = time(required=False)
    present_as = word(get_args(ReportInMode), required=False)
    overdue_step = whole(required=False)
    phone = yes_no()
    excused = yes_no()
    to_rate = yes_no()
    rated_by_town = yes_no()
    rated_by_unit = yes_no()
    version = whole()


class WhistleSeen(WhistleLine):
    """One whistle with its calls: the joint case. The summary is null once erased."""

    summary = fields.String(required=True, allow_none=True)
    calls = fields.List(fields.Nested(CallLine), required=True)
    possible = texts()


class CallSeen(CallLine):
    """One call with its texts; null once erased."""

    summary = fields.String(required=True, allow_none=True)
    reason = fields.String(allow_none=True)
    possible = texts()


class DutyLine(AnswerShape):
    """A standing duty in a list."""

    id = text()
    whistle_id = text()
    unit = text()
    status = _of(DutyStatus)
    open = yes_no()
    every_seconds = whole()
    assigned_at = time()
    until_at = time()
    slots = whole()
    kept_slots = whole()
    missed_slots = whole(required=False)
    version = whole()


class PresentSlot(AnswerShape):
    """The slot that runs now."""

    number = whole()
    over = yes_no()
    kept = yes_no()


class DutySeen(DutyLine):
    """One standing duty, with what is to be done and the slot that runs."""

    what = fields.String(required=True, allow_none=True)
    slot = fields.Nested(PresentSlot, required=True)


class ArmingSeen(AnswerShape):
    """One arming of a clock."""

    arming = whole()
    kind = word(get_args(ClockKind))
    subject = text()
    status = word(get_args(ArmingStatus))
    charged_to = maybe()
    starts_at = time()
    limit_seconds = whole()
    due_at = time()
    remind_at = time(required=False)
    reminded = yes_no()
    missed_steps = whole()
    rung = texts()
    next_step_due_at = time(required=False)


class ClocksSeen(AnswerShape):
    """All clocks of one matter; `about`: the armings whose own subject was asked for."""

    clock = text()
    version = whole()
    stopped = yes_no()
    armings = fields.List(fields.Nested(ArmingSeen), required=True)
    about = fields.List(fields.Integer(), required=True)


class Ring(AnswerShape):
    """Something that rings for a unit, or reminds it."""

    what = word(["reminder", "ring"])
    unit = text()
    arming = whole()
    kind = word(get_args(ClockKind))
    subject = text()
    since = time()
    step = whole(required=False)
    due_at = time(required=False)
    until_at = time(required=False)


class RingsOfMatter(AnswerShape):
    """What rings for a unit in one matter."""

    clock = text()
    entries = fields.List(fields.Nested(Ring), required=True)


RaisesPage: Final = page_of(RaiseLine)
WhistlesPage: Final = page_of(WhistleLine)
CallsPage: Final = page_of(CallLine)
DutiesPage: Final = page_of(DutyLine)
RingsPage: Final = page_of(RingsOfMatter)
