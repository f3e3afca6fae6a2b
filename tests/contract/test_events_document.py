"""`docs/events.md` says what the contracts say, of every event and every field."""

from dataclasses import fields

import pytest

from services.common.contracts.event_types import EventType
from services.documents.events import PATH, document
from services.documents.field_meanings import MEANINGS
from services.documents.shapes import fields_of, inner_shapes, said_of
from tests.support.examples_contracts import event_types


def test_the_document_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == document(), (
        "run: python -m services.documents.events"
    )


@pytest.mark.parametrize("found", event_types(), ids=lambda found: found.name)
def test_every_field_has_a_meaning_and_every_event_a_text(found: EventType) -> None:
    assert said_of(found).text
    for shape in (found.shape, *inner_shapes(found.shape)):
        assert all(row.meaning and row.type for row in fields_of(shape))


def test_no_meaning_is_left_over_from_a_field_that_is_gone() -> None:
    shapes = {each.shape for each in event_types()}
    shapes |= {inner for each in shapes for inner in inner_shapes(each)}
    there = {name for shape in shapes for each in fields(shape) for name in _names(shape, each)}
    assert set(MEANINGS) <= there


def _names(shape: type, field: object) -> tuple[str, str]:
    name = getattr(field, "name", "")
    return name, f"{shape.__name__}.{name}"
