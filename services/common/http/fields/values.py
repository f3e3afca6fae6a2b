"""Fields that are no text: a moment, yes or no; and what every list takes."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Range

from services.common.http.messages import BothTongues
from services.common.http.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE


def _in_our_time(moment: datetime) -> None:
    """Refuse what no clock of ours can mean, and what can't be said in UTC."""
    if not 2000 <= moment.year < 2200:
        raise ValidationError(BothTongues("须在 2000 年至 2199 年之间。", "Must be 2000 to 2199."))


class Moment(fields.AwareDateTime):
    """A moment with its zone, in ISO 8601."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(format="iso", validate=_in_our_time, **settings)


class YesNo(fields.Boolean):
    """`true` or `false`, and none of the words that could be taken for them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Paged(Schema):
    """What every list takes: how many, and after which cursor."""

    cursor = fields.String()
    limit = fields.Integer(
        load_default=DEFAULT_PAGE_SIZE, validate=Range(min=1, max=LARGEST_PAGE_SIZE)
    )
