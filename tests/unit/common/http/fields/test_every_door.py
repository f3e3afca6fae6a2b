"""No service has a text field of its own: what is refused at one door is refused at all."""

from collections.abc import Iterator

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from services.common.http.fields.texts import Code, Formed, Phone, Text
from services.common.http.routes import routes_of
from services.dispatch.service import DispatchService
from services.escalation.schemas import REPLIES
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.metrics.service import MetricsService

OURS = (Text, Phone, Code, Formed)  # a Name is a Text
SERVICES = (IntakeService, DispatchService, EscalationService, MetricsService)


def schemas() -> Iterator[Schema]:
    """Yield what every route and every reply takes."""
    for service in SERVICES:
        for each in routes_of(service):
            yield from (found for found in (each.spec.body, each.spec.query) if found is not None)
    yield from REPLIES.values()


def texts_in(schema: Schema) -> Iterator[tuple[str, fields.String]]:
    """Yield every text field, those of inner objects and lists too."""
    inner: list[tuple[str, object]] = list(schema.fields.items())
    while inner:
        name, field = inner.pop()
        match field:
            case fields.List():
                inner.append((name, field.inner))
            case fields.Nested():
                inner += field.schema.fields.items()
            case fields.UUID():
                pass
            case fields.String():
                yield name, field


def test_every_text_of_every_route_and_reply_is_checked_by_the_shared_fields() -> None:
    found = [
        (type(schema).__name__, name, field)
        for schema in schemas()
        for name, field in texts_in(schema)
    ]
    unchecked = {
        (schema, name)
        for schema, name, field in found
        if not isinstance(field, OURS)
        and not any(isinstance(each, OneOf) for each in field.validators)
        and name != "cursor"  # sort_key_of checks it
    }
    assert unchecked == set()
    assert {type(field) for _, _, field in found} >= set(OURS)
