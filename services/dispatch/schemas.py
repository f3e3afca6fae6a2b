"""What may come in by HTTP, field by field. Built once, where the routes are declared."""

from typing import Final, get_args

from marshmallow import Schema, fields, validate

from services.common.contracts.vocabulary import ContactResult, ResolutionPath
from services.common.http.fields.texts import Code, Text
from services.common.http.fields.values import Paged
from services.dispatch.domain.work_order import State

MOST_EVIDENCE: Final = 20
_LISTED: Final = tuple(each for each in get_args(State) if each != "undispatched")


class ContactBody(Schema):
    """`POST .../contacts`."""

    result = fields.String(required=True, validate=validate.OneOf(get_args(ContactResult)))
    note = Text()


class NoteBody(Schema):
    """`POST .../progress-notes`."""

    note = Text(required=True)


class ReasonBody(Schema):
    """`POST .../raise` and `.../transfer/refusal`."""

    reason = Text(required=True)


class TransferBody(Schema):
    """`POST .../transfer`."""

    to_unit = Code(required=True)
    reason = Text(required=True)


class ResolutionBody(Schema):
    """`POST .../resolution`."""

    path = fields.String(required=True, validate=validate.OneOf(get_args(ResolutionPath)))
    result = Text(required=True)
    evidence = fields.List(Text(), load_default=list, validate=validate.Length(max=MOST_EVIDENCE))


class WorkOrdersQuery(Paged):
    """`GET /v1/work-orders`: of `unit` and all below it; the caller's own unit by default."""

    unit = Code()
    state = fields.String(validate=validate.OneOf(_LISTED))


class UnitsQuery(Paged):
    """`GET /v1/units`: the children of `parent`; without one, the districts."""

    parent = Code()
