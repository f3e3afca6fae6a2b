"""How the contracts' dataclasses are read for a document: fields, types, comments, docstrings."""

import inspect
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from services.common.contracts import vocabulary
from services.common.contracts.event_types import EventType
from services.common.contracts.forms import Form, kinds_of
from services.common.contracts.streams import LOG_OF_CATEGORY
from services.documents.field_meanings import meaning_of

SCALARS: Final[Mapping[Any, str]] = {
    str: "text", int: "integer", bool: "true or false", datetime: "time", Mapping: "object",
}  # fmt: skip
#: Which list of words a type is, by its values.
WORDS: Final = {
    get_args(found): name
    for name, found in vars(vocabulary).items()
    if get_origin(found) is Literal
}
_COMMENT = re.compile(r"^ {4}(\w+): .*?#: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a table: `type` as people read it."""

    name: str
    type: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a docstring says of an event."""

    text: str
    published_by: str
    read_by: str


def fields_of(shape: type) -> list[Field]:
    """Return the fields of a dataclass, in order."""
    hints, comments = kinds_of(shape), dict(_COMMENT.findall(inspect.getsource(shape)))
    return [
        Field(
            each.name,
            type_text(hints[each.name]),
            type(None) not in get_args(hints[each.name]),
            meaning_of(shape.__name__, each.name, comments.get(each.name)),
        )
        for each in fields(shape)
    ]


def type_text(kind: Any) -> str:
    """Return a type as people read it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _kind_text(*arguments)
    if origin is Literal:
        return f"[{WORDS[arguments]}](#{WORDS[arguments].lower()})"
    if origin in (Union, types.UnionType):
        return type_text(next(each for each in arguments if each is not type(None)))
    if origin is tuple:
        return f"list of {type_text(arguments[0])}"
    if is_dataclass(kind):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"  # type: ignore[union-attr]
    return SCALARS[origin or kind]


def _kind_text(held: Any, form: Form) -> str:
    link = f"[{form.name}](#kinds-of-text)"
    return f"object of {link}" if get_origin(held) is Mapping else link


def inner_shapes(shape: type) -> list[type]:
    """Return the dataclasses that fields of `shape` hold."""
    inner = (
        each
        for kind in get_type_hints(shape).values()
        for each in (kind, *get_args(kind))
        if is_dataclass(each)
    )
    return [each for each in inner if isinstance(each, type)]


def said_of(found: EventType) -> Said:
    """Return the docstring of an event, taken apart."""
    text = " ".join((inspect.getdoc(found.shape) or "").split())
    published_by, text = _taken("Published by: ", text)
    read_by, text = _taken("Read by: ", text)
    owner = LOG_OF_CATEGORY.get(found.category, "the owner of the stream")
    return Said(text, published_by or owner, read_by or "views only")


def _taken(label: str, text: str) -> tuple[str, str]:
    """Return the sentence after `label`, without its full stop, and the text without both."""
    before, found, after = text.partition(label)
    if not found:
        return "", text
    sentence, stop, rest = after.partition(". ")
    return sentence.removesuffix("."), f"{before}{rest if stop else ''}".strip()
