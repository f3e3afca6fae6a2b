"""What an entry of the registry may hold, and on which days it holds.

An entry is a plain mapping of text, whole numbers, yes/no and lists of text, as it stands in
`RegistryAdopted`. Fields that a table doesn't know are passed over here (an older service reads a
newer table); the files are stricter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from services.common.chart.errors import InvalidEntry
from services.common.clock import BEIJING
from services.common.contracts.forms import Form
from services.common.contracts.vocabulary import RegistryKind
from services.common.words import Words

Entry = Mapping[str, Any]

_DAYS: Final = ("valid_from", "valid_until", "effective_from")
_MARKS: Final[Mapping[str, type]] = {
    "valid_from": str,
    "valid_until": str,
    "source": str,
    "sample": bool,
}


def day_of(moment: datetime) -> str:
    """Return the day in Beijing, `YYYY-MM-DD`, on which the aware `moment` falls."""
    return moment.astimezone(BEIJING).date().isoformat()


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one table's entries; `key` is the field that names an entry.

    A required or optional field of type `list` holds text only.
    """

    kind: RegistryKind
    key: str
    required: Mapping[str, type | tuple[type, ...]]
    optional: Mapping[str, type] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)  #: asked of the files alone

    @property
    def known(self) -> frozenset[str]:
        """All field names an entry may have."""
        return frozenset({*self.required, *self.optional, *_MARKS})

    def check(self, entry: Entry) -> None:
        """Check that `entry` has what its table asks for, each of the right type.

        Raises:
            InvalidEntry: With `kind`, `key`, `field` and `why`.
        """
        for wrong in self.wrong(entry):
            raise wrong

    def wrong(self, entry: Entry) -> Iterator[InvalidEntry]:
        """Yield everything that `check` could raise."""
        for name in self.required:
            if name not in entry:
                yield self.invalid(entry, name, "is missing", "缺失")
        for name, kinds in {**_MARKS, **self.optional, **self.required}.items():
            if name in entry and not _is_of(entry[name], kinds):
                wanted, had = _said(kinds), repr(entry[name])
                yield self.invalid(
                    entry, name, f"is not {wanted.en}: {had}", f"应为{wanted.zh}：{had}"
                )
        for name in _DAYS:
            if type(entry.get(name)) is str and not _is_day(entry[name]):
                en, zh = "is no day YYYY-MM-DD", "不是有效日期（YYYY-MM-DD）"
                yield self.invalid(entry, name, f"{en}: {entry[name]!r}", f"{zh}：{entry[name]!r}")

    def out_of_form(self, entry: Entry) -> Iterator[InvalidEntry]:
        """Yield what of a checked `entry` can't stand wherever codes and names are used.

        Asked before adoption only: a table that was adopted under an earlier rule stays readable.
        """
        for name, form in self.forms.items():
            if name in entry and not form.fits(entry[name]):
                had = repr(entry[name])
                en = f"is no {form.name} ({form.allowed}): {had}"
                yield self.invalid(entry, name, en, f"格式不符（{form.allowed_zh}）：{had}")

    def invalid(self, entry: Entry, name: str, en: str, zh: str) -> InvalidEntry:
        """Return the error that says what is wrong with a field of `entry`."""
        key = str(entry.get(self.key, "?"))
        return InvalidEntry(kind=self.kind, key=key, field=name, why=Words(en, zh))


def _is_of(value: object, kinds: type | tuple[type, ...]) -> bool:
    if kinds is list:
        return isinstance(value, list | tuple) and all(type(item) is str for item in value)
    return type(value) in (kinds if isinstance(kinds, tuple) else (kinds,))


_SAID: Final = {
    str: ("text", "文本"),
    int: ("a whole number", "整数"),
    bool: ("true or false", "true 或 false"),
    list: ("a list of text", "文本列表"),
}


def _said(kinds: type | tuple[type, ...]) -> Words:
    said = [_SAID[kind] for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    return Words(" or ".join(en for en, _ in said), "或".join(zh for _, zh in said))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def day_or_none(text: str | None) -> date | None:
    """Return the day that a checked `text` names."""
    return None if text is None else date.fromisoformat(text)


def in_force(entries: Iterable[Entry], day: str) -> Iterator[Entry]:
    """Yield the entries valid on `day`: from `valid_from` on, no longer on `valid_until`."""
    for entry in entries:
        if entry.get("valid_from", "") <= day and not entry.get("valid_until", "~") <= day:
            yield entry


def by_key(shape: Shape, entries: Iterable[Entry], day: str) -> Iterator[Entry]:
    """Yield the entries, checked before, that are valid on `day`.

    Raises:
        InvalidEntry: Two of the same key are valid on that day.
    """
    seen: set[str] = set()
    for entry in in_force(entries, day):
        key = entry[shape.key]
        if key in seen:
            raise shape.invalid(entry, shape.key, f"stands twice on {day}", f"在 {day} 重复有效")
        seen.add(key)
        yield entry


def change_days(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the days, ascending, on which something of `entries` begins or ends."""
    return tuple(sorted({entry[name] for entry in entries for name in _DAYS if name in entry}))
