"""Categories of matters: three levels, of which only the third is given to a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.common.chart.entries import Entry, Shape, by_key
from services.common.contracts.forms import CATEGORY_CODE
from services.common.contracts.vocabulary import TimeClass

Matter = Literal["asset", "incident"]
DEEPEST: Final = 3

CATEGORIES: Final = Shape(
    kind="categories",
    key="code",
    required={"code": str, "name_zh": str, "name_en": str},
    optional={"of": str, "time_class": str, "working_time": bool, "evidence_required": bool},
    forms={"code": CATEGORY_CODE},
)


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    """A category of the first or second level: a heading."""

    code: str
    name_zh: str
    name_en: str
    level: int  #: 1 or 2
    parent: str | None


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the third level, which a request is given."""

    code: str
    name_zh: str
    name_en: str
    parent: str
    of: Matter  #: asset 部件: its owner first; incident 事件: its place first
    time_class: TimeClass
    working_time: bool  #: day limits count working days; not yet used by any category
    evidence_required: bool  #: resolving needs evidence


def level_of(code: str) -> int:
    """Return the level of a category code: its parts, split at the dots."""
    return code.count(".") + 1


def fold_categories(
    entries: Iterable[Entry], day: str
) -> tuple[Mapping[str, Category], Mapping[str, CategoryGroup]]:
    """Return the categories and the groups of `day`, by code.

    Raises:
        InvalidEntry: A field is wrong, a code stands twice or has no parent.
    """
    valid = list(by_key(CATEGORIES, entries, day))
    groups = {entry["code"]: _group(entry) for entry in valid if _level(entry) < DEEPEST}
    leaves = {entry["code"]: _category(entry) for entry in valid if _level(entry) == DEEPEST}
    for entry in valid:
        parent = _parent(entry["code"])
        if parent is not None and parent not in groups:
            raise CATEGORIES.invalid(entry, "code", f"has no parent {parent}", f"没有上级 {parent}")
    return leaves, groups


def _parent(code: str) -> str | None:
    return code.rpartition(".")[0] or None


def _level(entry: Entry) -> int:
    level = level_of(entry["code"])
    if level > DEEPEST:
        raise CATEGORIES.invalid(entry, "code", "has more than three levels", "超过三级")
    return level


def _group(entry: Entry) -> CategoryGroup:
    code = entry["code"]
    return CategoryGroup(
        code=code,
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        level=level_of(code),
        parent=_parent(code),
    )


def _category(entry: Entry) -> Category:
    for name, allowed in (("of", get_args(Matter)), ("time_class", get_args(TimeClass))):
        if entry.get(name) not in allowed:
            words = ", ".join(allowed)
            raise CATEGORIES.invalid(entry, name, f"is not one of {words}", f"应为其一：{words}")
    for name in ("working_time", "evidence_required"):
        if name not in entry:
            raise CATEGORIES.invalid(entry, name, "is missing", "缺失")
    return Category(
        code=entry["code"],
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        parent=entry["code"].rpartition(".")[0],
        of=entry["of"],
        time_class=entry["time_class"],
        working_time=entry["working_time"],
        evidence_required=entry["evidence_required"],
    )
