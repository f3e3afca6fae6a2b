"""What a new table of the registry changes in the one before: a line a change, by name and code."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.common.chart.duty_list import SECTION
from services.common.chart.entries import Entry
from services.common.chart.folding import SHAPES
from services.common.contracts.vocabulary import RegistryKind
from services.common.words import Words

NOUNS: Final[Mapping[RegistryKind, Words]] = {
    "units": Words("unit", "单位"),
    "categories": Words("category", "问题分类"),
    "duties": Words("duty", "权责清单"),
    "catalogue": Words("whistle catalogue", "吹哨目录"),
    "policies": Words("policy", "政策参数"),
}
#: Fields that name units.
_NAMING_UNITS: Final = frozenset({"parent", "first_holder", "lead", "support"})
_ROLES: Final = {
    "village": Words("the village", "所在村社区"),
    "town": Words("the town", "所在镇街"),
    "unclear": Words("unclear", "不明确"),
}
_NOTHING: Final = Words("nothing", "无")

Tables = Mapping[RegistryKind, Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Names:
    """How units and categories are called, by code."""

    of: Mapping[str, Words]

    @classmethod
    def in_tables(cls, *tables: Tables) -> "Names":
        """Return the names in these tables; of two names for a code the later table's."""
        found: dict[str, Words] = {}
        for each in tables:
            for entry in (*each.get("units", ()), *each.get("categories", ())):
                name_zh = entry["name_zh"]
                found[entry["code"]] = Words(entry.get("name_en", name_zh), name_zh)
        return cls(found)

    def __call__(self, code: str) -> Words:
        """Return `<name> <code>`; a code without a name, or a role of the place, by itself."""
        if code in _ROLES:
            return _ROLES[code]
        name = self.of.get(code)
        if name is None:
            section = code.removeprefix(SECTION)
            return Words(code, f"镇街部门 {section}" if section != code else code)
        return Words(f"{name.en} {code}", f"{name.zh} {code}")


def changes(
    kind: RegistryKind, before: Sequence[Entry], after: Sequence[Entry], names: Names
) -> Iterator[Words]:
    """Yield a sentence for everything that begins, ends, is renamed or has another value."""
    key = SHAPES[kind].key
    for old, new in _pairs(key, before, after):
        entry = new or old or {}
        called = names(str(entry[key]))
        noun = NOUNS[kind]
        subject = Words(f"{noun.en} {called.en}", f"{noun.zh} {called.zh}")
        if old is None:
            yield _sentence(subject, _begins(entry, names))
        elif new is None:
            yield _sentence(subject, Words("removed", "删除"))
        else:
            for what in _altered(old, new, names):
                yield _sentence(subject, what)


def ended(before: Sequence[Entry], after: Sequence[Entry]) -> list[str]:
    """Return the codes of the units that are removed, or get a last day that they hadn't."""
    return [
        str((new or old or {})["code"])
        for old, new in _pairs("code", before, after)
        if old is not None
        and (new is None or new.get("valid_until") not in (None, old.get("valid_until")))
    ]


def _pairs(
    key: str, before: Iterable[Entry], after: Iterable[Entry]
) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Yield what differs: an entry and what it becomes, in the order of keys.

    A key with one entry on both sides is the same thing; of several, those that begin on one day.
    """
    old, new = _by_key(key, before), _by_key(key, after)
    for name in sorted(old.keys() | new.keys()):
        here, there = old.get(name, []), new.get(name, [])
        if len(here) == len(there) == 1:
            pairs: list[tuple[Entry | None, Entry | None]] = [(here[0], there[0])]
        else:
            was, now = ({_first_day(each): each for each in rows} for rows in (here, there))
            pairs = [(was.get(day), now.get(day)) for day in sorted(was.keys() | now.keys())]
        yield from (pair for pair in pairs if pair[0] != pair[1])


def _by_key(key: str, entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[str(entry[key])].append(entry)
    return found


def _first_day(entry: Entry) -> str:
    return str(entry.get("effective_from", entry.get("valid_from", "")))


def _sentence(subject: Words, what: Words) -> Words:
    return Words(f"{subject.en}: {what.en}", f"{subject.zh}：{what.zh}")


def _begins(entry: Entry, names: Names) -> Words:
    told = {
        name: entry[name] for name in ("value", "parent", "first_holder", "lead") if name in entry
    }
    values = [_value(name, value, names) for name, value in told.items()]
    day = _first_day(entry)
    return Words(
        " ".join(["new", *(each.en for each in values), *([f"from {day}"] if day else [])]),
        " ".join(["新增", *(each.zh for each in values), *([f"自 {day} 起"] if day else [])]),
    )


def _altered(old: Entry, new: Entry, names: Names) -> Iterator[Words]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        was, now = (_value(name, each.get(name), names) for each in (old, new))
        match name:
            case "name_zh" | "name_en":
                yield Words(f"renamed {was.en} -> {now.en}", f"更名 {was.zh} -> {now.zh}")
            case "valid_until" if name in new:
                yield Words(f"ends on {now.en}", f"于 {now.zh} 终止")
            case _:
                yield Words(f"{name} {was.en} -> {now.en}", f"{name} {was.zh} -> {now.zh}")


def _value(name: str, value: Any, names: Names) -> Words:
    if value is None or value == []:
        return _NOTHING
    if name in _NAMING_UNITS:
        codes = value if isinstance(value, list | tuple) else [value]
        called = [names(str(code)) for code in codes]
        return Words(", ".join(each.en for each in called), "、".join(each.zh for each in called))
    if isinstance(value, bool):
        return Words(str(value).lower(), "是" if value else "否")
    return Words(str(value), str(value))
