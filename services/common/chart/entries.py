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
        for name in self.required:
            if name not in entry:
                raise self.invalid(entry, name, "is missing")
        for name, kinds in {**_MARKS, **self.optional, **self.required}.items():
            if name in entry and not _is_of(entry[name], kinds):
                raise self.invalid(entry, name, f"is not {_said(kinds)}: {entry[name]!r}")
        for name in _DAYS:
            if name in entry and not _is_day(entry[name]):
                raise self.invalid(entry, name, f"is no day YYYY-MM-DD: {entry[name]!r}")

    def check_forms(self, entry: Entry) -> None:
        """Check that codes and names of a checked `entry` can stand wherever they are used.

        Asked before adoption only: a table that was adopted under an earlier rule stays readable.

        Raises:
            InvalidEntry: With `kind`, `key`, `field` and `why`.
        """
        for name, form in self.forms.items():
            if name in entry and not form.fits(entry[name]):
                why = f"is no {form.name} ({form.allowed}): {entry[name]!r}"
                raise self.invalid(entry, name, why)

    def invalid(self, entry: Entry, name: str, why: str) -> InvalidEntry:
        """Return the error that says what is wrong with a field of `entry`."""
        return InvalidEntry(kind=self.kind, key=str(entry.get(self.key, "?")), field=name, why=why)


def _is_of(value: object, kinds: type | tuple[type, ...]) -> bool:
    if kinds is list:
        return isinstance(value, list | tuple) and all(type(item) is str for item in value)
    return type(value) in (kinds if isinstance(kinds, tuple) else (kinds,))


_SAID: Final = {str: "text", int: "a whole number", bool: "true or false", list: "a list of text"}


def _said(kinds: type | tuple[type, ...]) -> str:
    return " or ".join(_SAID[kind] for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))


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
            raise shape.invalid(entry, shape.key, f"stands twice on {day}")
        seen.add(key)
        yield entry


def change_days(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the days, ascending, on which something of `entries` begins or ends."""
    return tuple(sorted({entry[name] for entry in entries for name in _DAYS if name in entry}))
