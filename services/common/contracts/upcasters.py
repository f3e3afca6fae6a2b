"""Old shapes to present ones. They run after reading; stored bytes are never rewritten.

`UPCASTERS[(name, version)]` takes the data of that version and returns that of the next. A chain
must end in the version that the register names; `tests/contract` holds a golden sample of each.
"""

from collections.abc import Callable
from typing import Any, Final

from services.common.contracts.codec import Undecodable, structured
from services.common.contracts.event_types import REGISTER, UnknownEvent, UnknownEventVersion

Data = dict[str, Any]
UPCASTERS: Final[dict[tuple[str, int], Callable[[Data], Data]]] = {}


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
    if version > found.version:
        raise UnknownEventVersion(type=name, version=version, known=found.version)
    for step in range(version, found.version):
        data = _upcast(name, step, data)
    return structured(found.shape, data)


def _upcast(name: str, version: int, data: Data) -> Data:
    try:
        return UPCASTERS[name, version](data)
    except KeyError as error:
        raise Undecodable(kind=name, why=f"no upcaster from version {version}") from error
