"""What comes in by HTTP. Anything unknown is refused: a misspelt field is a lost wish."""

from typing import Any, Final, get_args

from marshmallow import Schema, fields
from marshmallow.validate import OneOf, Range

from services.common.contracts.vocabulary import (
    Channel,
    Reached,
    RequestKind,
    Satisfied,
    Solved,
)
from services.common.http.fields.texts import Code, Name, Phone, Text
from services.common.http.fields.values import Paged, YesNo
from services.intake.domain.request import RequestState

LONGEST_SAID: Final = 5000  #: characters
_STATES: Final = [state for state in get_args(RequestState) if state != "unknown"]


def _one_of(words: Any) -> OneOf:
    return OneOf(list(get_args(words)))


class ReporterBody(Schema):
    """Who reports. Everything may be left out: nobody is turned away for staying unnamed."""

    name = Name()
    phone = Phone()
    address = Name()


class ReceiveRequestBody(Schema):
    """POST /v1/requests."""

    channel = fields.String(required=True, validate=_one_of(Channel))
    kind = fields.String(required=True, validate=_one_of(RequestKind))
    said = Text(LONGEST_SAID, required=True)
    reporter = fields.Nested(ReporterBody, load_default=dict)
    category = Code(load_default=None)
    place_code = Code(load_default=None)
    confidential = YesNo(load_default=False)
    opposed = YesNo(load_default=False)
    cluster_id = fields.UUID(load_default=None)  #: no free text: it stands in the log


class ClassifyRequestBody(Schema):
    """POST /v1/requests/{id}/classification."""

    category = Code(required=True)
    place_code = Code(load_default=None)


class RoundBody(Schema):
    """POST /v1/requests/{id}/follow-up-tries. `round`: the one that is meant; absent: the open."""

    round = fields.Integer(strict=True, load_default=None, validate=Range(min=1))


class RecordFollowUpBody(RoundBody):
    """POST /v1/requests/{id}/follow-up."""

    reached = fields.String(required=True, validate=_one_of(Reached))
    solved = fields.String(load_default=None, validate=_one_of(Solved))
    satisfied = fields.String(load_default=None, validate=_one_of(Satisfied))
    said = Text(LONGEST_SAID, load_default=None)


class RequestsQuery(Paged):
    """GET /v1/requests?state=&limit=&cursor=."""

    state = fields.String(load_default=None, validate=OneOf(_STATES))
    cursor = fields.String(load_default=None)
