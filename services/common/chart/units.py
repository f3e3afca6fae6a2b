"""Units and how they stand to each other on one day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, cast, get_args

from services.common.chart.entries import Entry, Shape, by_key, day_or_none
from services.common.chart.errors import UnknownPlace, UnknownUnit
from services.common.contracts.forms import UNIT_CODE, UNIT_NAME

UnitKind = Literal[
    "grid", "village", "town", "section", "enforcement_team", "station", "department",
    "enterprise", "court", "partner", "command_centre", "deputy", "leader", "district",
]  # fmt: skip
#: Rungs of 小事不出村、大事不出镇; figures are counted by them.
Tier = Literal["grid", "village", "town", "department", "partner", "district"]
AnswersBy = Literal["amqp", "http"]

TIER_OF: Final[Mapping[UnitKind, Tier]] = {
    "grid": "grid",
    "village": "village",
    "town": "town",
    "section": "town",
    "enforcement_team": "town",
    "station": "town",
    "department": "department",
    "enterprise": "department",
    "court": "department",
    "partner": "partner",
    "command_centre": "district",
    "deputy": "district",
    "leader": "district",
    "district": "district",
}
PLACES: Final = ("village", "town", "district")
#: Units that are no place of work: a place, and the two above the command centre.
NEVER_HOLDING: Final = frozenset({"district", "deputy", "leader"})
#: The arbitration ladder of a district, lowest first (documented for Tongzhou).
COMMAND: Final = ("command_centre", "deputy", "leader")

UNITS: Final = Shape(
    kind="units",
    key="code",
    required={"code": str, "name_zh": str, "kind": str, "answers_by": str},
    optional={"name_en": str, "parent": str},
    forms={"code": UNIT_CODE, "name_zh": UNIT_NAME, "name_en": UNIT_NAME},
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that can hold, support, be asked or be a place, on one day.

    `district` is the code of the district it lies in; a district's own is itself. `valid_until`
    is the first day on which it is no more.
    """

    code: str
    name_zh: str
    name_en: str  #: the Chinese name where none is known
    kind: UnitKind
    tier: Tier
    parent: str | None
    district: str
    answers_by: AnswersBy
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def can_hold(self) -> bool:
        """Whether it is a working unit, which can hold work orders."""
        return self.kind not in NEVER_HOLDING


@dataclass(frozen=True, slots=True)
class UnitTree:
    """All units of a day by code, and what follows from their parents."""

    units: Mapping[str, Unit]
    children: Mapping[str, tuple[str, ...]]
    command: Mapping[str, tuple[str, ...]]  #: district -> command centre, deputy, leader

    def unit(self, code: str) -> Unit:
        """Return the unit.

        Raises:
            UnknownUnit: There is none with this code on this day.
        """
        if (found := self.units.get(code)) is None:
            raise UnknownUnit(unit=code)
        return found

    def place(self, code: str) -> Unit:
        """Return the village, town or district that is the place `code`.

        Raises:
            UnknownPlace: There is none, or the code is of a unit that is no place.
        """
        found = self.units.get(code)
        if found is None or found.kind not in PLACES:
            raise UnknownPlace(place_code=code)
        return found

    def town_of(self, code: str) -> str | None:
        """Return the town that `code` is or lies in; None for what lies in no town.

        Raises:
            UnknownUnit: `code` is unknown.
        """
        lineage = (self.unit(code), *self._above(code))
        return next((unit.code for unit in lineage if unit.kind == "town"), None)

    def command_centre(self, district: str) -> str:
        """Return the command centre 城指中心 of `district`, the fallback of every dispatch.

        Raises:
            UnknownUnit: The district is unknown or has none.
        """
        for code in self.command.get(district, ()):
            if self.units[code].kind == "command_centre":
                return code
        raise UnknownUnit(unit=f"cc-{district}")

    def superiors(self, code: str) -> tuple[str, ...]:
        """Return who is rung, step by step, when `code` lets a clock run out.

        A village's: its town, the command centre, the deputy in charge, the district leader. A
        section's: its town first. A department's: from the command centre on. The leader's: ().

        Raises:
            UnknownUnit: `code` is unknown.
        """
        unit = self.unit(code)
        command = self.command.get(unit.district, ())
        if code in command:
            return command[command.index(code) + 1 :]
        above = (other.code for other in self._above(code) if other.kind != "district")
        return (*above, *command)

    def subtree(self, code: str) -> frozenset[str]:
        """Return the codes of all that `code` answers for, itself among them.

        Command centre, deputy and leader answer for their whole district.

        Raises:
            UnknownUnit: `code` is unknown.
        """
        unit = self.unit(code)
        found: set[str] = set()
        waiting = [unit.district if unit.kind in COMMAND else code]
        while waiting:
            found.add(top := waiting.pop())
            waiting.extend(self.children.get(top, ()))
        return frozenset(found)

    def _above(self, code: str) -> Iterator[Unit]:
        parent = self.unit(code).parent
        while parent is not None:
            unit = self.unit(parent)
            yield unit
            parent = unit.parent


def fold_units(entries: Iterable[Entry], day: str) -> UnitTree:
    """Return the units of `day`.

    Raises:
        InvalidEntry: A field is wrong, a code stands twice, a parent is missing on
            that day, or a unit lies in no district.
    """
    valid = {entry["code"]: entry for entry in by_key(UNITS, entries, day)}
    units = {code: _unit(entry, _district(entry, valid)) for code, entry in valid.items()}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for unit in units.values():
        if unit.parent is not None:
            children[unit.parent].append(unit.code)
    return UnitTree(
        units=units,
        children={code: tuple(sorted(found)) for code, found in children.items()},
        command=_command(units.values()),
    )


def _command(units: Iterable[Unit]) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        if unit.kind in COMMAND:
            found[unit.district].append(unit)
    return {
        district: tuple(
            unit.code
            for unit in sorted(members, key=lambda unit: (COMMAND.index(unit.kind), unit.code))
        )
        for district, members in found.items()
    }


def _district(entry: Entry, valid: Mapping[str, Entry]) -> str:
    """Return the district above `entry`; a chain longer than the chart is a cycle."""
    here = entry
    for _ in range(len(valid)):
        if here["kind"] == "district":
            return str(here["code"])
        parent = here.get("parent", "")
        if parent not in valid:
            raise UNITS.invalid(
                here, "parent", f"is not in the chart: {parent or 'none'}",
                f"不在登记册中：{parent or '未填'}",
            )  # fmt: skip
        here = valid[parent]
    raise UNITS.invalid(entry, "parent", "leads to no district", "向上找不到所属的区")


def _unit(entry: Entry, district: str) -> Unit:
    kind, answers_by = entry["kind"], entry["answers_by"]
    if kind not in TIER_OF:
        known = ", ".join(TIER_OF)
        raise UNITS.invalid(
            entry, "kind", f"is not one of {known}: {kind}", f"应为其一：{known}，实际为 {kind}"
        )
    if answers_by not in get_args(AnswersBy):
        raise UNITS.invalid(
            entry, "answers_by", f"is neither amqp nor http: {answers_by}",
            f"应为 amqp 或 http，实际为 {answers_by}",
        )  # fmt: skip
    return Unit(
        code=entry["code"],
        name_zh=entry["name_zh"],
        name_en=entry.get("name_en", entry["name_zh"]),
        kind=cast(UnitKind, kind),
        tier=TIER_OF[cast(UnitKind, kind)],
        parent=entry.get("parent"),
        district=district,
        answers_by=cast(AnswersBy, answers_by),
        valid_from=day_or_none(entry.get("valid_from")),
        valid_until=day_or_none(entry.get("valid_until")),
    )
