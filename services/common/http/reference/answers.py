"""The answers that every service gives: schemas that only describe; nothing is dumped by them."""

from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, validate


class AnswerShape(Schema):
    """What goes out. A reader passes over fields that it doesn't know: later ones are added."""

    class Meta:
        """Open, and in the order in which people read."""

        unknown = EXCLUDE


def text(**more: Any) -> fields.String:
    """Return a field that is always there."""
    return fields.String(required=True, **more)


def maybe() -> fields.String:
    """Return a field that may be absent."""
    return fields.String()


def word(words: Any, *, required: bool = True) -> fields.String:
    """Return a field that is one of `words`."""
    return fields.String(required=required, validate=validate.OneOf(list(words)))


def whole(*, required: bool = True) -> fields.Integer:
    """Return a whole number."""
    return fields.Integer(required=required)


def yes_no() -> fields.Boolean:
    """Return true or false."""
    return fields.Boolean(required=True)


def time(*, required: bool = True) -> fields.AwareDateTime:
    """Return a moment in UTC, e.g. `2026-06-01T01:12:00.000000Z`."""
    return fields.AwareDateTime(required=required)


def texts() -> fields.List[str]:
    """Return a list of texts."""
    return fields.List(fields.String(), required=True)


def page_of(item: type[AnswerShape]) -> type[AnswerShape]:
    """Return the page of a list of `item`: `items`, and `next_cursor` unless it is the last."""
    made: Any = type(
        f"{item.__name__}Page",
        (AnswerShape,),
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(),
            "__doc__": f"A page of {item.__name__}.",
        },
    )
    return made  # type: ignore[no-any-return]


class Fault(AnswerShape):
    """One value that is not acceptable, by its place."""

    pointer = maybe()
    parameter = maybe()
    detail = text()
    detail_zh = text()


class Problem(AnswerShape):
    """RFC 9457 problem details; beside these stand the facts of the refusal."""

    type = text()
    title = text()
    title_zh = text()
    status = whole()
    detail = text()
    detail_zh = text()
    correlation_id = text()
    allowed = fields.List(fields.String())
    errors = fields.List(fields.Nested(Fault))
    error_id = maybe()


class Live(AnswerShape):
    """The process takes requests."""

    status = word(["live"])


class Readiness(AnswerShape):
    """Which checks pass and which don't."""

    status = word(["ready", "not ready"])
    failing = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    passing = texts()


class Document(AnswerShape):
    """An OpenAPI 3.1 document."""

    openapi = text()
    info = fields.Dict(required=True)
    paths = fields.Dict(required=True)


EXAMPLES: Final[dict[type[Schema], Any]] = {
    Live: {"status": "live"},
    Readiness: {"status": "ready", "failing": {}, "passing": ["database", "registry"]},
    Document: {"openapi": "3.1.0", "info": {"title": "哨报", "version": "1"}, "paths": {}},
}
