"""The registry's files (deploy/registry) as the five tables of entries that dispatch adopts.

`load` reads everything, checks everything, and names every fault with its file and line at once.
Entries come out sorted by their key, so moving lines about is no new version of a table.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from services.common.chart.check import Fault, fault_of, faults
from services.common.chart.entries import Entry
from services.common.chart.errors import InvalidEntry
from services.common.chart.folding import KINDS, SHAPES, Adoption
from services.common.contracts.codec import canonical
from services.common.contracts.streams import registry_stream
from services.common.contracts.vocabulary import RegistryKind
from services.common.errors import Corrupt
from services.common.yaml_lines import Row, YamlFault, tables, text_of

DIVISIONS: Final = "divisions.csv"
DEPARTMENTS: Final = "departments.yaml"
_COLUMNS: Final = ["code", "parent", "name", "level"]
_SECTION: Final = frozenset({"district", "suffix", "kind", "answers_by", "name_zh", "name_en"})
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RegistryFilesInvalid(Corrupt):
    """The files can't be adopted. `faults` names each with file and line; mend them all."""

    def __init__(self, found: Iterable[str]) -> None:
        self.faults = tuple(found)
        super().__init__(faults="; ".join(self.faults))


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


@dataclass(slots=True)
class _Reading:
    """What was read so far, where each entry stands, and what is wrong."""

    rows: dict[RegistryKind, list[Row]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def stop_if_wrong(self) -> None:
        if self.wrong:
            raise RegistryFilesInvalid(self.wrong)

    def name(self, fault: Fault) -> str:
        """Return the fault with the place of the last entry of that key, or of the table."""
        key = SHAPES[fault.kind].key
        at = [row.at for row in self.rows[fault.kind] if row.entry.get(key) == fault.key]
        return f"{at[-1] if at else fault.kind}: {fault.key}: {fault.why}"


def load(folder: Path) -> dict[RegistryKind, RegistryTable]:
    """Return the five tables of `folder`, in the order in which they are to be adopted.

    Raises:
        RegistryFilesInvalid: A file is missing, can't be read, or the tables don't fit.
    """
    reading = _Reading()
    for kind in KINDS:
        reading.rows[kind] = _attempt(reading, _READERS[kind], folder)
    reading.stop_if_wrong()
    for kind in KINDS:
        reading.wrong += _unfit(kind, reading.rows[kind])
    reading.stop_if_wrong()
    loaded = {kind: _table(kind, reading.rows[kind]) for kind in KINDS}
    adoptions = (Adoption(made.stream, 1, _START, made.entries) for made in loaded.values())
    reading.wrong += map(reading.name, faults({found.stream: found for found in adoptions}))
    reading.stop_if_wrong()
    return loaded


def _attempt(reading: _Reading, read: Callable[[Path], list[Row]], folder: Path) -> list[Row]:
    try:
        return read(folder)
    except YamlFault as fault:
        reading.wrong.append(str(fault))
    except OSError as error:
        reading.wrong.append(f"{Path(error.filename).name}: {error.strerror}")
    return []


def _table(kind: RegistryKind, rows: Iterable[Row]) -> RegistryTable:
    key = SHAPES[kind].key
    entries = sorted(
        (row.entry for row in rows),
        key=lambda entry: (entry[key], entry.get("valid_from", entry.get("effective_from", ""))),
    )
    text = canonical(entries)
    return RegistryTable(kind, tuple(entries), sha256(text.encode()).hexdigest())


def _unfit(kind: RegistryKind, rows: Iterable[Row]) -> Iterator[str]:
    """Yield what is wrong with single entries: types, forms, unknown fields, no word of origin."""
    shape = SHAPES[kind]
    for row in rows:
        try:
            shape.check(row.entry)
            shape.check_forms(row.entry)
        except InvalidEntry as error:
            fault = fault_of(error)
            yield f"{row.at}: {fault.key}: {fault.why}"
            continue
        unknown = sorted(row.entry.keys() - shape.known)
        if unknown:
            yield f"{row.at}: {row.entry[shape.key]}: unknown field {', '.join(unknown)}"
        if not _has_origin(kind, row.entry):
            yield f"{row.at}: {row.entry[shape.key]}: name a source, or mark it sample or policy"


def _has_origin(kind: RegistryKind, entry: Mapping[str, Any]) -> bool:
    division = kind == "units" and entry["kind"] in ("district", "town", "village")
    heading = kind == "categories" and "time_class" not in entry
    marked = entry.get("sample") is True or entry.get("policy") is True
    return division or heading or marked or bool(entry.get("source"))


def _rows_of(kind: RegistryKind) -> Callable[[Path], list[Row]]:
    def read(folder: Path) -> list[Row]:
        return tables(folder / f"{kind}.yaml", (kind,))[kind]

    return read


def _units(folder: Path) -> list[Row]:
    departments = tables(folder / DEPARTMENTS, ("units", "sections", "names_en"))
    names_en = {row.entry["code"]: row.entry["name_en"] for row in departments["names_en"]}
    divisions = list(_divisions(folder / DIVISIONS, names_en))
    codes = {row.entry["code"] for row in divisions}
    for row in departments["names_en"]:
        if row.entry["code"] not in codes:
            raise YamlFault(row.at, f"{row.entry['code']} is no division")
    towns = [row.entry for row in divisions if row.entry["kind"] == "town"]
    sections = (made for row in departments["sections"] for made in _sections(row, towns))
    return [*divisions, *departments["units"], *sections]


def _divisions(path: Path, names_en: Mapping[str, str]) -> Iterator[Row]:
    reader = csv.DictReader(text_of(path).splitlines())
    if reader.fieldnames != _COLUMNS:
        raise YamlFault(f"{path.name}:1", f"columns are not {','.join(_COLUMNS)}")
    for line in reader:
        if None in line or None in line.values():
            raise YamlFault(f"{path.name}:{reader.line_num}", "not four values")
        yield Row(f"{path.name}:{reader.line_num}", _division(line, names_en))


def _division(line: Mapping[str, str], names_en: Mapping[str, str]) -> dict[str, Any]:
    entry = {
        "code": line["code"],
        "kind": line["level"],
        "name_zh": line["name"],
        "name_en": names_en.get(line["code"]),
        "parent": line["parent"] or None,
        "answers_by": "http",
    }
    return {name: value for name, value in entry.items() if value is not None}


def _sections(row: Row, towns: Iterable[Entry]) -> Iterator[Row]:
    """Yield the part of a town that `row` describes, for every town of its district."""
    part = row.entry
    missing = sorted(_SECTION - part.keys())
    if missing:
        raise YamlFault(row.at, f"lacks {', '.join(missing)}")
    rest = {name: part[name] for name in part if name not in ("district", "suffix")}
    within = [town for town in towns if town.get("parent") == part["district"]]
    if not within:
        raise YamlFault(row.at, f"no town lies in the district {part['district']}")
    for town in within:
        made = {
            "code": f"{town['code']}-{part['suffix']}",
            "parent": town["code"],
            "name_zh": f"{town['name_zh']}{part['name_zh']}",
            "name_en": f"{town.get('name_en', town['name_zh'])} {part['name_en']}",
        }
        yield Row(row.at, {**rest, **made})


_READERS: Final[Mapping[RegistryKind, Callable[[Path], list[Row]]]] = {
    "units": _units,
    "categories": _rows_of("categories"),
    "duties": _rows_of("duties"),
    "catalogue": _rows_of("catalogue"),
    "policies": _rows_of("policies"),
}
