"""What may come in, by HTTP or by AMQP, field by field. Built once, where they are used.

The bodies of a called unit are the same by both ways (`REPLIES`).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

from marshmallow import Schema, ValidationError, fields, validate

from services.common.contracts.forms import CODE, Form
from services.common.contracts.vocabulary import ReportInMode, WhistleKind, WhistleOutcome
from services.common.http.messages import BothTongues
from services.common.http.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE

LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 200
LONGEST_CODE: Final = 64
MOST_ORDERS: Final = 50
MOST_UNITS: Final = 50
MOST_DUTIES: Final = 20
MOST_PERSONS: Final = 10_000
SHORTEST_SLOT_SECONDS: Final = 60
LONGEST_SLOT_SECONDS: Final = 366 * 86_400


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError(BothTongues("不能为空白。", "Must not be blank."))


def _text(longest: int = LONGEST_TEXT, **more: Any) -> fields.String:
    return fields.String(validate=[validate.Length(max=longest), _not_blank], **more)


def _code(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=LONGEST_CODE), **more)


def _formed(form: Form, **more: Any) -> fields.String:
    """A text that the log keeps in the clear: what it may be is said to who is refused."""
    said = BothTongues(f"须为{form.allowed_zh}。", f"Must be {form.allowed}.")
    return fields.String(
        validate=validate.Regexp(rf"({form.pattern})\Z", re.ASCII, error=said), **more
    )


def _codes(most: int, **more: Any) -> fields.List[str]:
    return fields.List(_code(), validate=validate.Length(max=most), **more)


def _mark() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=5))


def _in_our_time(moment: datetime) -> None:
    """Refuse what no clock of ours can mean, and what can't be said in UTC."""
    if not 2000 <= moment.year < 2200:
        raise ValidationError(BothTongues("须在 2000 年至 2199 年之间。", "Must be 2000 to 2199."))


def _time(**more: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(format="iso", validate=_in_our_time, **more)


# -- raises and whistles ---------------------------------------------------------------------------


class AdviceBody(Schema):
    """`POST /v1/raises/{id}/advice`."""

    advice = _text(required=True)


class WhistleBody(Schema):
    """`POST /v1/whistles`."""

    work_orders = fields.List(
        _code(), required=True, validate=validate.Length(min=1, max=MOST_ORDERS)
    )
    kind = fields.String(required=True, validate=validate.OneOf(get_args(WhistleKind)))
    contact_office = _text(LONGEST_NAME, required=True)
    summary = _text(required=True)
    place_code = _code()
    meeting_at = _time()
    lead = _code()
    support = _codes(MOST_UNITS)
    change_reason = _text()


class ReasonBody(Schema):
    """`POST .../rejection`, `.../withdrawal`, `.../refusal`; reply `refused`."""

    reason = _text(required=True)


class ReleaseBody(Schema):
    """`POST .../release`: without units, all that are there."""

    units = _codes(MOST_UNITS, load_default=list)


class DutyBody(Schema):
    """A standing duty in a conclusion."""

    unit = _code(required=True)
    what = _text(required=True)
    every_seconds = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=SHORTEST_SLOT_SECONDS, max=LONGEST_SLOT_SECONDS),
    )
    until_at = _time(required=True)


class ConclusionBody(Schema):
    """`POST .../conclusion`."""

    outcome = fields.String(required=True, validate=validate.OneOf(get_args(WhistleOutcome)))
    duties = fields.List(
        fields.Nested(DutyBody), load_default=list, validate=validate.Length(max=MOST_DUTIES)
    )


class CheckInBody(Schema):
    """`POST /v1/duties/{id}/check-ins`."""

    note = _text()


# -- calls -----------------------------------------------------------------------------------------


class ReceiptBody(Schema):
    """`POST .../receipt`; reply `received`."""

    external_ref = _formed(CODE)


class AcceptanceBody(Schema):
    """`POST .../acceptance`; reply `accepted`."""

    office = _text(LONGEST_NAME)


class ReportInBody(Schema):
    """`POST .../report-ins`; reply `arrived`."""

    mode = fields.String(required=True, validate=validate.OneOf(get_args(ReportInMode)))
    at = _time(required=True)
    persons = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MOST_PERSONS)
    )
    office = _text(LONGEST_NAME, required=True)


class NoteBody(Schema):
    """`POST .../progress-notes`, `.../completion`; replies `progress`, `done`."""

    note = _text(required=True)


class WhistleRatingBody(Schema):
    """`POST .../whistle-rating`; reply `rating`."""

    needed = _mark()
    described = _mark()


class DepartmentRatingBody(Schema):
    """`POST .../rating`."""

    speed = _mark()
    cooperation = _mark()
    result = _mark()


#: By the last word of the routing key. `call` stands beside these fields in the message.
REPLIES: Final[Mapping[str, Schema]] = {
    "received": ReceiptBody(),
    "accepted": AcceptanceBody(),
    "refused": ReasonBody(),
    "arrived": ReportInBody(),
    "progress": NoteBody(),
    "done": NoteBody(),
    "rating": WhistleRatingBody(),
}

# -- lists -----------------------------------------------------------------------------------------


class PhoneListQuery(Schema):
    """`GET /v1/phone-list`."""

    cursor = fields.String()
    limit = fields.Integer(
        load_default=DEFAULT_PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE_SIZE)
    )


class _Paged(PhoneListQuery):
    open = fields.Boolean()


class OfUnitQuery(_Paged):
    """`GET /v1/raises`, `/v1/calls`, `/v1/duties`."""

    unit = _code(required=True)


class OfTownQuery(_Paged):
    """`GET /v1/whistles`."""

    town = _code(required=True)


class ClocksQuery(Schema):
    """`GET /v1/clocks`: `subject` is a stream, e.g. `workOrder-...`."""

    subject = fields.String(required=True, validate=validate.Length(min=1, max=128))


class EscalationsQuery(Schema):
    """`GET /v1/escalations`: what rings for a unit."""

    unit = _code(required=True)
    cursor = fields.String()
    limit = fields.Integer(
        load_default=DEFAULT_PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE_SIZE)
    )
