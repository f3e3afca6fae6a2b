"""The registry's files (deploy/registry) as the five tables of entries that dispatch adopts.

Shared by dispatch, which adopts them when it starts, and the operator, who sees first what changes.

`load` reads everything, checks everything, and names every fault with its file and line at once.
Entries come out sorted by their key, so moving lines about is no new version of a table.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from services.common.chart.check import Fault, faults
from services.common.chart.entries import Entry
from services.common.chart.folding import KINDS, SHAPES, Adoption
from services.common.contracts.codec import canonical
from services.common.contracts.streams import registry_stream
from services.common.contracts.vocabulary import RegistryKind
from services.common.errors import Corrupt
from services.common.file_faults import FileFault, Told
from services.common.registry_entries import ill_formed, oddities
from services.common.registry_units import units_of
from services.common.yaml_lines import YamlEntry, tables

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
Read = Callable[[Path, Told], list[YamlEntry]]


class RegistryFilesInvalid(Corrupt):
    """The files can't be adopted. `faults` names each with file and line; mend them all."""

    def __init__(self, found: Iterable[FileFault]) -> None:
        self.faults = tuple(found)
        super().__init__(faults="; ".join(map(str, self.faults)))

    def said(self, *, chinese: bool) -> list[str]:
        """Return a line a fault, in the reader's language."""
        return [fault.said(chinese=chinese) for fault in self.faults]


@dataclass(frozen=True, slots=True)
class RegistryTable:
    """One table, ready to be adopted: what `RegistryAdopted` carries."""

    kind: RegistryKind
    entries: tuple[Entry, ...]
    sha256: str  #: of the canonical text of `entries`

    @property
    def stream(self) -> str:
        """The stream it is adopted in."""
        return registry_stream(self.kind)


def load(folder: Path) -> dict[RegistryKind, RegistryTable]:
    """Return the five tables of `folder`, in the order in which they are to be adopted.

    Raises:
        RegistryFilesInvalid: A file is missing, can't be read, or the tables don't fit. Names
            every fault of every file.
    """
    reading = _Reading()
    for kind in KINDS:
        reading.read(kind, _READERS[kind], folder)
    loaded = {kind: _table(kind, rows) for kind, rows in reading.rows.items()}
    adoptions = (Adoption(made.stream, 1, _START, made.entries) for made in loaded.values())
    found = faults({each.stream: each for each in adoptions}, reading.torn)
    if wrong := [*reading.told, *map(reading.placed, found)]:
        raise RegistryFilesInvalid(sorted(wrong, key=_place))
    return loaded


def _place(fault: FileFault) -> tuple[str, int]:
    file, _, line = fault.at.partition(":")
    return file, int(line or 0)


@dataclass(slots=True)
class _Reading:
    """What was read so far, where each entry stands, and what is wrong.

    `torn` are the tables of which something could not be read.
    """

    rows: dict[RegistryKind, list[YamlEntry]] = field(default_factory=dict)
    told: Told = field(default_factory=list)
    torn: set[RegistryKind] = field(default_factory=set)

    def read(self, kind: RegistryKind, reader: Read, folder: Path) -> None:
        """Read a table; keep the entries that can be folded, and tell what is wrong with any."""
        before = len(self.told)
        found = reader(folder, self.told)
        self.rows[kind] = [row for row in found if self._is_well_formed(kind, row)]
        if len(self.told) > before:
            self.torn.add(kind)
        for row in self.rows[kind]:
            self.told.extend(FileFault(row.at, why) for why in oddities(kind, row.entry))

    def _is_well_formed(self, kind: RegistryKind, row: YamlEntry) -> bool:
        wrong = [FileFault(row.at, why) for why in ill_formed(kind, row.entry)]
        self.told.extend(wrong)
        return not wrong

    def placed(self, fault: Fault) -> FileFault:
        """Return the fault with the place of the last entry of that key, or of the table."""
        key = SHAPES[fault.kind].key
        at = [row.at for row in self.rows[fault.kind] if row.entry.get(key) == fault.key]
        return FileFault(at[-1] if at else f"{fault.kind}.yaml:1", fault.why.about(f"{fault.key}:"))


def _table(kind: RegistryKind, rows: Iterable[YamlEntry]) -> RegistryTable:
    key = SHAPES[kind].key
    entries = sorted(
        (row.entry for row in rows),
        key=lambda entry: (entry[key], entry.get("valid_from", entry.get("effective_from", ""))),
    )
    text = canonical(entries)
    return RegistryTable(kind, tuple(entries), sha256(text.encode()).hexdigest())


def _rows_of(kind: RegistryKind) -> Read:
    def read(folder: Path, told: Told) -> list[YamlEntry]:
        return tables(folder / f"{kind}.yaml", (kind,), told)[kind]

    return read


_READERS: Final[Mapping[RegistryKind, Read]] = {
    "units": units_of,
    "categories": _rows_of("categories"),
    "duties": _rows_of("duties"),
    "catalogue": _rows_of("catalogue"),
    "policies": _rows_of("policies"),
}
