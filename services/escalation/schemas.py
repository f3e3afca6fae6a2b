"""What may come in, by HTTP or by AMQP, field by field. Built once, where they are used.

The bodies of a called unit are the same by both ways (`REPLIES`).
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from marshmallow import Schema, fields, validate

from services.common.contracts.forms import CODE
from services.common.contracts.vocabulary import ReportInMode, WhistleKind, WhistleOutcome
from services.common.http.fields.texts import Code, Formed, Name, Text
from services.common.http.fields.values import Moment, Paged

LONGEST_SUBJECT: Final = 128
MOST_ORDERS: Final = 50
MOST_UNITS: Final = 50
MOST_DUTIES: Final = 20
MOST_PERSONS: Final = 10_000
SHORTEST_SLOT_SECONDS: Final = 60
LONGEST_SLOT_SECONDS: Final = 366 * 86_400


def _codes(most: int, **more: Any) -> fields.List[str]:
    return fields.List(Code(), validate=validate.Length(max=most), **more)


def _mark() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=5))


# -- raises and whistles ---------------------------------------------------------------------------


class AdviceBody(Schema):
    """`POST /v1/raises/{id}/advice`."""

    advice = Text(required=True)


class WhistleBody(Schema):
    """`POST /v1/whistles`."""

    work_orders = fields.List(
        Code(), required=True, validate=validate.Length(min=1, max=MOST_ORDERS)
    )
    kind = fields.String(required=True, validate=validate.OneOf(get_args(WhistleKind)))
    contact_office = Name(required=True)
    summary = Text(required=True)
    place_code = Code()
    meeting_at = Moment()
    lead = Code()
    support = _codes(MOST_UNITS)
    change_reason = Text()


class ReasonBody(Schema):
    """`POST .../rejection`, `.../withdrawal`, `.../refusal`; reply `refused`."""

    reason = Text(required=True)


class ReleaseBody(Schema):
    """`POST .../release`: without units, all that are there."""

    units = _codes(MOST_UNITS, load_default=list)


class DutyBody(Schema):
    """A standing duty in a conclusion."""

    unit = Code(required=True)
    what = Text(required=True)
    every_seconds = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=SHORTEST_SLOT_SECONDS, max=LONGEST_SLOT_SECONDS),
    )
    until_at = Moment(required=True)


class ConclusionBody(Schema):
    """`POST .../conclusion`."""

    outcome = fields.String(required=True, validate=validate.OneOf(get_args(WhistleOutcome)))
    duties = fields.List(
        fields.Nested(DutyBody), load_default=list, validate=validate.Length(max=MOST_DUTIES)
    )


class CheckInBody(Schema):
    """`POST /v1/duties/{id}/check-ins`."""

    note = Text()


# -- calls -----------------------------------------------------------------------------------------


class ReceiptBody(Schema):
    """`POST .../receipt`; reply `received`."""

    external_ref = Formed(CODE)


class AcceptanceBody(Schema):
    """`POST .../acceptance`; reply `accepted`."""

    office = Name()


class ReportInBody(Schema):
    """`POST .../report-ins`; reply `arrived`."""

    mode = fields.String(required=True, validate=validate.OneOf(get_args(ReportInMode)))
    at = Moment(required=True)
    persons = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MOST_PERSONS)
    )
    office = Name(required=True)


class NoteBody(Schema):
    """`POST .../progress-notes`, `.../completion`; replies `progress`, `done`."""

    note = Text(required=True)


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


class PhoneListQuery(Paged):
    """`GET /v1/phone-list`."""


class _OpenOnes(Paged):
    open = fields.Boolean()


class OfUnitQuery(_OpenOnes):
    """`GET /v1/raises`, `/v1/calls`, `/v1/duties`."""

    unit = Code(required=True)


class OfTownQuery(_OpenOnes):
    """`GET /v1/whistles`."""

    town = Code(required=True)


class ClocksQuery(Schema):
    """`GET /v1/clocks`: `subject` is a stream, e.g. `workOrder-...`."""

    subject = Code(LONGEST_SUBJECT, required=True)


class EscalationsQuery(Paged):
    """`GET /v1/escalations`: what rings for a unit."""

    unit = Code(required=True)
