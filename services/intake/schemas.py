"""What comes in by HTTP. Anything unknown is refused: a misspelt field is a lost wish."""

from typing import Any, Final, get_args

from marshmallow import Schema, fields
from marshmallow.exceptions import ValidationError
from marshmallow.validate import Length, OneOf, Range, Regexp

from services.common.contracts.vocabulary import (
    Channel,
    Reached,
    RequestKind,
    Satisfied,
    Solved,
)
from services.common.http.messages import BothTongues
from services.common.http.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE
from services.intake.domain.request import RequestState

LONGEST_SAID: Final = 5000  #: characters
_STATES: Final = [state for state in get_args(RequestState) if state != "unknown"]
_BLANK: Final = BothTongues("不能为空白。", "Must not be blank.")


def _one_of(words: Any) -> OneOf:
    return OneOf(list(get_args(words)))


class _Text(fields.String):
    """Text with something in it, without the blanks around it."""

    def __init__(self, longest: int, **settings: Any) -> None:
        super().__init__(validate=Length(max=longest), **settings)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, *args, **kwargs).strip()
        if not text:
            raise ValidationError(_BLANK)
        return text


class _YesNo(fields.Boolean):
    """`true` or `false`, and none of the words that could be taken for them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class ReporterSchema(Schema):
    """Who reports. Everything may be left out: nobody is turned away for staying unnamed."""

    name = _Text(60)
    phone = fields.String(
        validate=Regexp(
            r"\+?[0-9][0-9 -]{3,18}[0-9]\Z",
            error=BothTongues("须为电话号码。", "Must be a phone number."),
        )
    )
    address = _Text(200)


class ReceiveRequestSchema(Schema):
    """POST /v1/requests."""

    channel = fields.String(required=True, validate=_one_of(Channel))
    kind = fields.String(required=True, validate=_one_of(RequestKind))
    said = _Text(LONGEST_SAID, required=True)
    reporter = fields.Nested(ReporterSchema, load_default=dict)
    category = _Text(80, load_default=None)
    place_code = _Text(40, load_default=None)
    confidential = _YesNo(load_default=False)
    opposed = _YesNo(load_default=False)
    cluster_id = fields.UUID(load_default=None)  #: no free text: it stands in the log


class ClassifyRequestSchema(Schema):
    """POST /v1/requests/{id}/classification."""

    category = _Text(80, required=True)
    place_code = _Text(40, load_default=None)


class RoundSchema(Schema):
    """POST /v1/requests/{id}/follow-up-tries. `round`: the one that is meant; absent: the open."""

    round = fields.Integer(strict=True, load_default=None, validate=Range(min=1))


class RecordFollowUpSchema(RoundSchema):
    """POST /v1/requests/{id}/follow-up."""

    reached = fields.String(required=True, validate=_one_of(Reached))
    solved = fields.String(load_default=None, validate=_one_of(Solved))
    satisfied = fields.String(load_default=None, validate=_one_of(Satisfied))
    said = _Text(LONGEST_SAID, load_default=None)


class RequestsQuerySchema(Schema):
    """GET /v1/requests?state=&limit=&cursor=."""

    state = fields.String(load_default=None, validate=OneOf(_STATES))
    limit = fields.Integer(
        load_default=DEFAULT_PAGE_SIZE, validate=Range(min=1, max=LARGEST_PAGE_SIZE)
    )
    cursor = fields.String(load_default=None)
