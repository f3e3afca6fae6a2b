"""Adopting a table of the registry: which version of units, categories, duties ... is in force."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from services.common.chart import Entry
from services.common.contracts.command_names import command
from services.common.contracts.events.dispatch import RegistryAdopted
from services.common.contracts.vocabulary import RegistryKind
from services.common.eventlog.folding import Aggregate

#: A first adoption is in force from here: before it there was no other table, and an order that
#: another service recorded a moment earlier (or imports from last year) needs a chart too.
#: Entries carry their own validity. Every later adoption is in force from the moment it is made.
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Registry:
    """One table: the content last adopted."""

    sha256: str | None = None


@command("AdoptRegistry")
@dataclass(frozen=True, slots=True)
class AdoptRegistry:
    """Put `entries`, whose canonical text has `sha256`, in force from now on."""

    kind: RegistryKind
    sha256: str
    entries: tuple[Entry, ...]


def decide(registry: Registry, command: AdoptRegistry, at: datetime) -> list[RegistryAdopted]:
    """Return the adoption; none if the same content is in force already."""
    if command.sha256 == registry.sha256:
        return []
    first = registry.sha256 is None
    return [
        RegistryAdopted(
            kind=command.kind,
            effective_at=BEGINNING if first else at,
            sha256=command.sha256,
            entries=command.entries,
        )
    ]


def evolve(_: Registry, event: RegistryAdopted, at: Any) -> Registry:  # noqa: ARG001  same shape
    """Return the registry after an adoption."""
    return Registry(event.sha256)


REGISTRIES: Final = Aggregate(category="registry", initial=Registry(), decide=decide, evolve=evolve)
