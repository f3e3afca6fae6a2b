"""Old shapes to present ones. They run after reading; stored bytes are never rewritten.

`UPCASTERS[(name, version)]` takes the data of that version and returns that of the next. A chain
must end in the version that the register names; `tests/contract` holds a golden sample of each.
"""

from collections.abc import Callable
from typing import Any, Final

from services.common.contracts.codec import Undecodable, structured
from services.common.contracts.event_types import REGISTER, UnknownEvent, UnknownEventVersion

Data = dict[str, Any]


def _moved(old: str, new: str) -> Callable[[Data], Data]:
    """Return an upcaster that gives the field `old`, where it is there, the name `new`."""

    def upcast(data: Data) -> Data:
        rest = {name: value for name, value in data.items() if name != old}
        return {**rest, new: data[old]} if old in data else rest

    return upcast


def _without_contact_office(data: Data) -> Data:
    """The whistle that the call belongs to says it too."""
    return {name: value for name, value in data.items() if name != "contact_office"}


def _calls_without_contact_office(data: Data) -> Data:
    calls = data.get("call_now", [])
    return {**data, "call_now": [_without_contact_office(each) for each in calls]}


def _whistle_blown(data: Data) -> Data:
    moved = _moved("contact_office", "contact_office_in_clear")
    return _calls_without_contact_office(moved(data))


#: Version 2 of these took free text out of the clear (docs/decisions/0015).
UPCASTERS: Final[dict[tuple[str, int], Callable[[Data], Data]]] = {
    ("WhistleBlown", 1): _whistle_blown,
    ("WhistleApproved", 1): _calls_without_contact_office,
    ("DepartmentCalled", 1): _without_contact_office,
    ("CallAccepted", 1): _moved("by_office", "office_in_clear"),
    ("DepartmentReportedIn", 1): _moved("office", "office_in_clear"),
}


def decoded(name: str, version: int, data: Data) -> object:
    """Return the event that was written as `name` in shape `version`.

    An unknown type comes back as `UnknownEvent`: the reader passes over it and counts on.

    Raises:
        UnknownEventVersion: The type is known, its version is newer than this reader.
        Undecodable: The data doesn't fit the shape.
    """
    found = REGISTER.get(name)
    if found is None:
        return UnknownEvent(name, version, data)
    return structured(found.shape, in_present_shape(name, version, data))


def in_present_shape(name: str, version: int, data: Data) -> Data:
    """Return the data of a known type as its present version has them; they are not checked.

    Raises:
        KeyError: The type is unknown.
        UnknownEventVersion: The version is newer than this reader.
        Undecodable: There is no upcaster.
    """
    found = REGISTER[name]
    if version > found.version:
        raise UnknownEventVersion(type=name, version=version, known=found.version)
    for step in range(version, found.version):
        data = _upcast(name, step, data)
    return data


def _upcast(name: str, version: int, data: Data) -> Data:
    try:
        return UPCASTERS[name, version](data)
    except KeyError as error:
        raise Undecodable(kind=name, why=f"no upcaster from version {version}") from error
