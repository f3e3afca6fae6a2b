"""What holds every answer against the reference finds each way in which they can disagree."""

from typing import Any

import pytest
from marshmallow import Schema, fields

from services.common.errors import NotFound, Refused
from services.common.http.call import Answer, HttpCall
from services.common.http.entrypoint import route
from services.common.http.headers import etag
from services.common.http.host import HttpHost
from services.common.http.reference.answers import AnswerShape
from services.common.http.reference.telling import tells
from tests.support.described import client_of


class Unit(AnswerShape):
    """A unit."""

    code = fields.String(required=True)
    open = fields.Boolean()


class UnitService:
    """Answers with whatever a test has put there."""

    name = "units"
    examples: dict[type[Schema], Any] = {Unit: {"code": "1"}}  # noqa: RUF012
    found: Any = None

    @route("GET", "/v1/units")
    @tells("单位", Unit, refuses=(NotFound,))
    def units(self, _call: HttpCall) -> Answer:
        """Answer or refuse."""
        if isinstance(self.found, Refused):
            raise self.found
        return self.found  # type: ignore[no-any-return]


class Surprise(Refused):
    """A refusal that the route doesn't tell."""

    slug = "surprise"
    status = 404
    zh = "意外"
    en = "Surprise."


class Unlisted(Surprise):
    """One with a status that the route doesn't tell."""

    status = 409


def ask(found: Any) -> int:
    """Let the service answer with `found`; return the status."""
    answer = client_of(UnitService, http=HttpHost(), found=found).get("/v1/units")
    return answer.status_code


def test_what_is_told_is_let_pass() -> None:
    assert ask(Answer(200, {"code": "1", "open": True})) == 200
    assert ask(NotFound(what="1")) == 404


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Answer(200, {"open": True}), "'code' is a required property"),
        (Answer(200, {"code": 1}), "1 is not of type 'string'"),
        (Answer(200, {"code": "1", "more": 1}), "Additional properties are not allowed"),
        (Answer(200, {"code": "1"}, etag(3)), "ETag"),
        (Answer(202, {"code": "1"}), "202"),
        (Surprise(), "surprise is not told"),
        (Unlisted(), "surprise is not told"),
    ],
)
def test_what_is_not_told_is_found(found: Any, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        ask(found)
