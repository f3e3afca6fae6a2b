"""Values to canonical JSON text and back.

Canonical: UTF-8, keys sorted by code point, no spaces, no floats, integers below 2^53, times as
`YYYY-MM-DDTHH:MM:SS.ffffffZ` in UTC, absent rather than null. The same value always has the same
text, so a hash of the text is a hash of the value. BSON would cut microseconds and zones.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from cattrs import Converter
from cattrs.errors import CattrsError

from services.common.errors import Corrupt

#: What canonical JSON can say.
Plain = dict[str, "Plain"] | list["Plain"] | str | int | bool | None

T = TypeVar("T")
_INTEGER_LIMIT = 2**53
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


class NotCanonical(Corrupt):
    """The value has no canonical text: a float, a naive time, a huge integer, a lone surrogate."""


class Undecodable(Corrupt):
    """The text is not what the contract says. The writer is at fault; keep the bytes."""


def to_time(text: str) -> datetime:
    """Return the moment that a canonical time text names.

    Raises:
        ValueError: `text` is not a canonical time.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def time_text(moment: datetime) -> str:
    """Return the canonical text of an aware `moment`.

    Raises:
        NotCanonical: `moment` is naive.
    """
    if moment.tzinfo is None:
        raise NotCanonical(value=str(moment), why="a naive time")
    if moment.tzinfo is not UTC:  # almost always it is, and changing it to itself takes long
        moment = moment.astimezone(UTC)
    # not strftime: it writes the year 999 with three digits
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def _of_type(kind: type) -> Any:
    """Return a hook that takes a `kind` as it is and refuses everything else."""

    def hook(value: object, _: type) -> object:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is not a {kind.__name__}")
        return value

    return hook


def _plain_object(value: Any, _: Any) -> dict[str, Any]:
    """Take a JSON object with any values as it is: its names are texts already."""
    if type(value) is not dict:
        raise TypeError(f"{value!r} is not an object")
    return value


def _numbers_by_name(value: Any, _: Any) -> dict[str, int]:
    """Take a JSON object whose values are all whole numbers."""
    for each in _plain_object(value, _).values():
        if type(each) is not int:
            raise TypeError(f"{each!r} is not a number")
    return dict(value)


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _of_list(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return a hook for `tuple[kind, ...]` that takes a list; a text is no list of letters."""
    item = get_args(kind)[0]
    structure = converter.get_structure_hook(item)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is not a list")
        return tuple(structure(each, item) for each in value)

    return hook


def _is_optional(kind: Any) -> bool:
    return (
        get_origin(kind) in (Union, UnionType)
        and len(get_args(kind)) == 2
        and NoneType in get_args(kind)
    )


def _of_optional(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return a hook for `kind | None` that has looked once for that of `kind`."""
    inner = next(each for each in get_args(kind) if each is not NoneType)
    structure = converter.get_structure_hook(inner)

    def hook(value: Any, _: Any) -> Any:
        return None if value is None else structure(value, inner)

    return hook


def _converter() -> Converter:
    converter = Converter(prefer_attrib_converters=False, detailed_validation=False)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _of_type(kind))
    converter.register_unstructure_hook(datetime, time_text)
    converter.register_structure_hook(datetime, lambda text, _: to_time(text))
    # not text by text: every commit holds one of each, and this takes a tenth of the time
    converter.register_structure_hook_func(lambda kind: kind == dict[str, Any], _plain_object)
    converter.register_structure_hook_func(lambda kind: kind == dict[str, int], _numbers_by_name)
    converter.register_structure_hook_factory(_is_tuple, _of_list)
    converter.register_structure_hook_factory(_is_optional, _of_optional)
    return converter


_CONVERTER = _converter()


def plain(value: object) -> Any:
    """Return `value` (a dataclass, mapping, sequence or scalar) as plain JSON values."""
    return _without_none(_CONVERTER.unstructure(value))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    if isinstance(value, datetime):
        return time_text(value)
    return value


def structured(kind: type[T], value: Any) -> T:
    """Return the `kind` that plain `value` describes. Unknown fields are passed over.

    Raises:
        Undecodable: A field is missing, of another type, or a word that its list doesn't have.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except (CattrsError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Undecodable(kind=kind.__name__, why=repr(error)) from error


def canonical(value: object) -> str:
    """Return the one canonical text of `value`.

    Raises:
        NotCanonical: `value` holds something that canonical JSON can't say.
    """
    return _ENCODER.encode(_canonical(value))


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def _canonical(value: Any) -> Any:  # noqa: PLR0911  one walk, a line a kind
    """Return the plain form of `value`, each part of it checked on the way."""
    kind = type(value)
    if kind is str:
        return _checked_text(value)
    if kind is bool or value is None:
        return value
    if kind is int and abs(value) < _INTEGER_LIMIT:
        return value
    if kind is dict:
        return {
            _checked_name(key): _canonical(item) for key, item in value.items() if item is not None
        }
    if kind is list or kind is tuple:
        return [_canonical(item) for item in value]
    if kind is datetime:
        return time_text(value)
    found = _CONVERTER.unstructure(value)
    if type(found) is not kind:
        return _canonical(found)
    return _canonical(_underlying(found))


def _underlying(value: object) -> str | int:
    """Return the text or number that `value` derives from: the store's long integers do."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and type(value) is not int:
        return int.__int__(value)
    raise NotCanonical(value=repr(value), why=type(value).__name__)


def _checked_name(name: object) -> str:
    if not isinstance(name, str):  # the number 1 and the text "1" would be written alike
        raise NotCanonical(value=repr(name), why="a name that is no text")
    return _checked_text(name)


def _checked_text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise NotCanonical(value=ascii(value), why="a lone surrogate") from error
    return value


def parsed(text: str) -> Any:
    """Return the plain value of a JSON `text`.

    Raises:
        Undecodable: `text` is no JSON, or nested deeper than anything we write.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Undecodable(kind="json", why=str(error)) from error
