"""The duty list 权责清单 (who gets it first) and the whistle catalogue (who is called)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.common.chart.entries import Entry, Shape, by_key
from services.common.contracts.forms import WORD

UNCLEAR: Final = "unclear"
VILLAGE: Final = "village"
TOWN: Final = "town"
SECTION: Final = "section:"

DUTIES: Final = Shape(
    kind="duties",
    key="category",
    required={"category": str, "first_holder": str, "rule": str},
    forms={"rule": WORD},
)
CATALOGUE: Final = Shape(
    kind="catalogue",
    key="category",
    required={
        "category": str,
        "own_enforcement": bool,
        "lead": str,
        "support": list,
        "why_zh": str,
        "why_en": str,
    },
)


@dataclass(frozen=True, slots=True)
class DutyListRow:
    """Who gets an order of `category` first."""

    category: str
    first_holder: str  #: village, town (of the place), a unit's code, or unclear
    rule: str  #: the name under which the decision is explained
    source: str | None
    sample: bool


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """Whom a town calls for `category`; `lead` and `support` name units or roles.

    A role: `village` or `town` of the place, `section:<suffix>` of the town.
    """

    category: str
    own_enforcement: bool  #: can the town's own enforcement team act?
    lead: str
    support: tuple[str, ...]
    why_zh: str
    why_en: str
    source: str | None
    sample: bool


def fold_duties(entries: Iterable[Entry], day: str) -> Mapping[str, DutyListRow]:
    """Return the duties of `day`, by category.

    Raises:
        InvalidEntry: A category stands twice.
    """
    return {
        entry["category"]: DutyListRow(
            category=entry["category"],
            first_holder=entry["first_holder"],
            rule=entry["rule"],
            source=entry.get("source"),
            sample=entry.get("sample", False),
        )
        for entry in by_key(DUTIES, entries, day)
    }


def fold_catalogue(entries: Iterable[Entry], day: str) -> Mapping[str, CatalogueEntry]:
    """Return the catalogue of `day`, by category.

    Raises:
        InvalidEntry: A category stands twice.
    """
    return {
        entry["category"]: CatalogueEntry(
            category=entry["category"],
            own_enforcement=entry["own_enforcement"],
            lead=entry["lead"],
            support=tuple(entry["support"]),
            why_zh=entry["why_zh"],
            why_en=entry["why_en"],
            source=entry.get("source"),
            sample=entry.get("sample", False),
        )
        for entry in by_key(CATALOGUE, entries, day)
    }
