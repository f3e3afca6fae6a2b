"""The roles that a person can have in a unit, for those who make tokens. A test says that these
are the roles of the routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.common.chart.units import UnitKind


@dataclass(frozen=True, slots=True)
class Role:
    """A role's name, and of which kinds its unit is; none: it needs no unit."""

    zh: str
    en: str
    kinds: tuple[UnitKind, ...] = ()


ROLES: Final[Mapping[str, Role]] = {
    "operator": Role("话务员", "hotline operator"),
    "grid_steward": Role("网格员", "grid steward", ("grid", "village")),
    "village_officer": Role("村社区干部", "village officer", ("village",)),
    "section_officer": Role(
        "科室人员", "section officer", ("section", "enforcement_team", "station")
    ),
    "town_officer": Role("镇街人员", "town officer", ("town",)),
    "town_leader": Role("镇街领导", "town leader", ("town",)),
    "town_deputy": Role("镇街副职", "town deputy", ("town",)),
    "department_officer": Role(
        "部门人员", "department officer", ("department", "enterprise", "court", "partner")
    ),
    "command_centre": Role("城指", "command centre", ("command_centre",)),
    "auditor": Role("审计", "auditor"),
    "admin": Role("管理员", "admin"),
}
