"""What may come in by HTTP, field by field. Built once, where the routes are declared."""

from typing import Any, Final, get_args

from marshmallow import Schema, ValidationError, fields, validate

from services.common.contracts.vocabulary import ContactResult, ResolutionPath
from services.common.http.messages import BothTongues
from services.common.http.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE
from services.dispatch.domain.work_order import State

LONGEST_TEXT: Final = 4000
LONGEST_CODE: Final = 64
MOST_EVIDENCE: Final = 20
_LISTED: Final = tuple(each for each in get_args(State) if each != "undispatched")


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError(BothTongues("不能为空白。", "Must not be blank."))


def _text(*, required: bool = True) -> fields.String:
    checks: list[Any] = [validate.Length(max=LONGEST_TEXT), _not_blank]
    return fields.String(required=required, validate=checks)


def _code(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=LONGEST_CODE), **more)


class ContactBody(Schema):
    """`POST .../contacts`."""

    result = fields.String(required=True, validate=validate.OneOf(get_args(ContactResult)))
    note = _text(required=False)


class NoteBody(Schema):
    """`POST .../progress-notes`."""

    note = _text()


class ReasonBody(Schema):
    """`POST .../raise` and `.../transfer/refusal`."""

    reason = _text()


class TransferBody(Schema):
    """`POST .../transfer`."""

    to_unit = _code(required=True)
    reason = _text()


class ResolutionBody(Schema):
    """`POST .../resolution`."""

    path = fields.String(required=True, validate=validate.OneOf(get_args(ResolutionPath)))
    result = _text()
    evidence = fields.List(_text(), load_default=list, validate=validate.Length(max=MOST_EVIDENCE))


class _Paged(Schema):
    cursor = fields.String()
    limit = fields.Integer(
        load_default=DEFAULT_PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE_SIZE)
    )


class WorkOrdersQuery(_Paged):
    """`GET /v1/work-orders`: of `unit` and all below it; the caller's own unit by default."""

    unit = _code()
    state = fields.String(validate=validate.OneOf(_LISTED))


class UnitsQuery(_Paged):
    """`GET /v1/units`: the children of `parent`; without one, the districts."""

    parent = _code()
