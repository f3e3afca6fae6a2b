"""No event takes free text: every text field says of which kind it is, and its form is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.contracts.commit import happened
from services.common.contracts.event_types import EventType
from services.common.contracts.events.escalation import WhistleBlown
from services.common.contracts.forms import (
    EVENT_FORMS,
    IN_CLEAR,
    Form,
    TextOutOfForm,
    TextRef,
    UnitCode,
    check_forms,
    kinds_of,
)
from tests.support.examples import DAY_ONE
from tests.support.examples_contracts import event_types, sample_of

#: What operators' files say and everybody may read; `registry_files` checks it before adoption.
PUBLIC_TABLES = {"RegistryAdopted.entries"}
CHECKED = [form for form in EVENT_FORMS if form is not IN_CLEAR]


def without_kind(shape: type) -> set[str]:
    """Return the fields of an event, and of the shapes inside it, that could hold any text."""
    return {
        field
        for name, kind in kinds_of(shape).items()
        for field in _open(kind, f"{shape.__name__}.{name}")
    }


def _open(kind: Any, field: str) -> set[str]:
    if kind in (int, bool, datetime, type(None), Ellipsis):
        return set()
    if get_origin(kind) in (Annotated, Literal):
        said = get_origin(kind) is Literal or isinstance(get_args(kind)[1], Form)
        return set() if said else {field}
    if is_dataclass(kind) and isinstance(kind, type):
        return without_kind(kind)
    inner = get_args(kind)
    if not inner or get_origin(kind) is Mapping:
        return {field}
    return set().union(*(_open(each, field) for each in inner))


@pytest.mark.parametrize("found", event_types(), ids=lambda found: found.name)
def test_every_text_of_an_event_says_of_which_kind_it_is(found: EventType) -> None:
    assert without_kind(found.shape) <= PUBLIC_TABLES, (
        "take a kind of services/common/contracts/forms.py; free text goes to the vault"
    )


@dataclass(frozen=True, slots=True)
class Inner:
    """A shape inside an event."""

    office: str
    unit: UnitCode


@dataclass(frozen=True, slots=True)
class Loose:
    """An event as it may not be."""

    unit: UnitCode
    place_name: str
    notes: tuple[str, ...]
    facts: Mapping[str, Any]
    inner: tuple[Inner, ...]
    anything: Any
    note_ref: TextRef | None = None
    remark: str | None = None


def test_a_text_without_a_kind_is_found_at_every_depth() -> None:
    assert without_kind(Loose) == {
        "Loose.place_name", "Loose.notes", "Loose.facts", "Loose.anything", "Loose.remark",
        "Inner.office",
    }  # fmt: skip


@pytest.mark.parametrize("form", CHECKED, ids=lambda form: form.name)
def test_every_form_takes_its_example(form: Form) -> None:
    assert form.fits(form.example)


@pytest.mark.parametrize("form", EVENT_FORMS, ids=lambda form: form.name)
@given(
    st.text(min_size=1, max_size=40).filter(lambda text: not text.isascii())
    | st.sampled_from(["张三", "a b", "a\n", "a\x00b", "\u200b", "1" * 101, "", "a\x1b[31m"])
)
def test_no_form_takes_a_text_that_people_write(form: Form, text: str) -> None:
    assert not form.fits(text)


@pytest.mark.parametrize("found", event_types(), ids=lambda found: found.name)
def test_an_event_whose_texts_are_of_their_kinds_is_taken(found: EventType) -> None:
    check_forms(sample_of(found.shape))


def test_a_text_of_another_form_is_named_by_its_field_and_never_quoted() -> None:
    event = sample_of(WhistleBlown)
    call = replace(event.call_now[0], unit="张三")
    with pytest.raises(TextOutOfForm, match=r"field=call_now\.unit, form=unit code") as raised:
        happened([replace(event, call_now=(call,))], DAY_ONE)
    assert "张三" not in str(raised.value)


def test_what_an_earlier_version_told_in_the_clear_is_never_written_again() -> None:
    event = replace(sample_of(WhistleBlown), contact_office_in_clear="综合执法队")
    with pytest.raises(TextOutOfForm, match="field=contact_office_in_clear"):
        happened([event], DAY_ONE)
