"""The register of event types: fixed wire names and versions, never taken from a class name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from services.common.errors import Corrupt

E = TypeVar("E", bound=type)
#: The category of an event that any stream may hold.
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class EventType:
    """How a dataclass is written: `name` on the wire, `version` of its shape, the owning log."""

    name: str
    version: int
    category: str
    shape: type


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a type that this reader doesn't know: a newer service wrote it. It counts."""

    type: str
    version: int
    data: dict[str, Any]


class UnknownEventVersion(Corrupt):
    """Written by a newer release than this reader. Upgrade the reader, then replay the stream."""


#: By wire name. Filled by `event` when `contracts.events` is imported; nothing else writes it.
REGISTER: dict[str, EventType] = {}
_OF_SHAPE: dict[type, EventType] = {}


def event(name: str, *, of: str, version: int = 1) -> Callable[[E], E]:
    """Register a dataclass as the event `name` of the stream category `of`."""

    def registered(shape: E) -> E:
        if name in REGISTER:
            raise ValueError(f"{name} is registered twice")
        REGISTER[name] = _OF_SHAPE[shape] = EventType(name, version, of, shape)
        return shape

    return registered


def type_of(value: object) -> EventType:
    """Return the event type of an event.

    Raises:
        KeyError: `value` is no registered event.
    """
    return _OF_SHAPE[type(value)]


def categories_of(shapes: Iterable[type]) -> frozenset[str]:
    """Return the categories of streams that hold events of `shapes`; `ANY` names none.

    Raises:
        KeyError: One of them is no registered event.
    """
    return frozenset(_OF_SHAPE[each].category for each in shapes) - {ANY}


def name_of(value: object) -> str:
    """Return the wire name of an event, also of one that this reader doesn't know."""
    return value.type if isinstance(value, UnknownEvent) else type_of(value).name
