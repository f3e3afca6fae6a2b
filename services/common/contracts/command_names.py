"""What commands are called where people and logs read it: `allowed`, `possible`, `ReactionRefused`.

A name is registered once and stays, whatever becomes of the class: old commits hold it, and
departments' programs compare with it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

C = TypeVar("C", bound=type)
_NAMES: Final[dict[type, str]] = {}


def command(name: str) -> Callable[[C], C]:
    """Register the decorated class as the command `name`.

    Raises:
        ValueError: Another command of the same module has that name.
    """

    def registered(kind: C) -> C:
        if (kind.__module__, name) in {(each.__module__, of) for each, of in _NAMES.items()}:
            raise ValueError(f"two commands of {kind.__module__} are called {name}")
        _NAMES[kind] = name
        return kind

    return registered


def command_name(kind: type) -> str:
    """Return what the command `kind` is called.

    Raises:
        KeyError: It was never registered: decorate it with `command`.
    """
    return _NAMES[kind]


def registered_names() -> Mapping[type, str]:
    """Return the name of every command that is registered in this process."""
    return MappingProxyType(_NAMES)
