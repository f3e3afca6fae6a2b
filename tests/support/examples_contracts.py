"""Events of every registered type, built from the types of their fields."""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from services.common.contracts import events
from services.common.contracts.commit import Actor, Cause, Draft, Happened
from services.common.contracts.event_types import REGISTER, EventType
from services.common.contracts.forms import IN_CLEAR, Form, kinds_of
from tests.support.examples import DAY_ONE

assert events.__all__, "importing the events fills the register"

LARGEST = 2**53 - 1
INTEGERS = st.integers(-LARGEST, LARGEST)
MOMENTS = st.datetimes(timezones=st.just(UTC))
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.text(max_size=8) | INTEGERS | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def event_types() -> list[EventType]:
    """Return every registered event type, by wire name."""
    return [REGISTER[name] for name in sorted(REGISTER)]


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a field's type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if each is type(None) else any_of(each) for each in arguments])
    if origin is tuple:
        return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(max_size=5), PLAIN, max_size=3)
    if is_dataclass(kind):
        return any_dataclass(typing.cast("type", kind))
    scalars: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=12),
        int: INTEGERS,
        bool: st.booleans(),
        datetime: MOMENTS,
    }
    return scalars[kind]


def any_dataclass(shape: type) -> st.SearchStrategy[Any]:
    """Return a strategy for instances of a dataclass."""
    return st.builds(shape, **{name: any_of(kind) for name, kind in get_type_hints(shape).items()})


def any_event() -> st.SearchStrategy[Any]:
    """Return a strategy for events of any type."""
    return st.sampled_from(event_types()).flatmap(lambda found: any_dataclass(found.shape))


def any_draft() -> st.SearchStrategy[Draft]:
    """Return a strategy for drafts of one to three events."""
    word = st.text(min_size=1, max_size=8)
    return st.builds(
        Draft,
        stream=word.map(lambda text: f"workOrder-{text}"),
        command_id=word,
        actor=st.builds(Actor, word, st.none() | word, st.none() | word, st.none() | word),
        correlation=word,
        recorded_at=MOMENTS,
        events=st.lists(st.builds(Happened, any_event(), MOMENTS), min_size=1, max_size=3).map(
            tuple
        ),
        cause=st.none() | st.builds(Cause, word, st.integers(1, 99)),
        chart=st.dictionaries(word, st.integers(1, 99), max_size=3),
        fingerprint=st.none() | word,
    )


def sample_of(shape: type) -> Any:
    """Return one event with every field filled that is still written: a golden sample's start."""
    kinds = kinds_of(shape)
    return shape(**{each.name: _sample(each.name, kinds[each.name]) for each in fields(shape)})


def _sample(name: str, kind: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _text(*arguments)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return _sample(name, arguments[0])
    if origin is tuple:
        return (_sample(name, arguments[0]),)
    if is_dataclass(kind):
        return sample_of(typing.cast("type", kind))
    row = {"code": "110112105209", "name": "张湾村", "levels": [1, 2], "urban": False}
    samples = {str: f"{name} 样", int: 7, bool: True, datetime: DAY_ONE, Mapping: row}
    return samples[origin or kind]


def _text(held: Any, form: Form) -> Any:
    """Return the example of a form, None for what isn't written any more."""
    if form is IN_CLEAR:
        return None
    return {"code": form.example} if get_origin(held) is Mapping else form.example
