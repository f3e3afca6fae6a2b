"""Figures of a unit and a month: shares added up, roll-ups by the chart, rates, the composite.

Pure. "No data" is None, never 0. Values are decimal text, of a count its whole number, else with
four places, rounded half to even; numerator and denominator are exact and stand beside.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from services.common.chart import Chart
from services.metrics.months import Window
from services.metrics.projections import DUTY_RECORDS, REQUEST_RECORDS, WHISTLE_RECORDS
from services.metrics.shares import OWN, Share, shares_of_duty, shares_of_request
from services.metrics.whistle_shares import shares_of_whistle

#: `count`: a number, no denominator; `ratio`, `mean`: numerator / denominator; `distinct`: the
#: same, but a subject counts once however many units of the roll-up had it; `greatest`: of each
#: subject the greatest numerator counts.
Adding = Literal["count", "ratio", "mean", "distinct", "greatest"]
_CALLS: Final[Mapping[str, Adding]] = {
    "report_in": "ratio",
    "report_in_seconds": "mean",
    "agency_seconds": "mean",
    "department_ratings": "mean",
    "whistle_ratings": "mean",
}
FIGURES: Final[Mapping[str, Adding]] = {
    "received": "count",
    "response": "ratio",
    "resolution": "ratio",
    "satisfaction": "ratio",
    "contact_by_handler": "ratio",
    "unanswered": "ratio",
    "dispatched": "count",
    "open": "count",
    "overdue": "count",
    "held_seconds": "distinct",
    "hand_overs": "distinct",
    "whistles": "count",
    **_CALLS,
    **{f"{OWN}{name}": adding for name, adding in _CALLS.items()},
    "escalation_depth": "greatest",
    "duty_slots_kept": "ratio",
}
THREE_RATES: Final = ("response", "resolution", "satisfaction")
COMPOSITE: Final = "composite"
#: Rates of answers: from fewer than the policy's minimum they are marked.
_OF_ANSWERS: Final = frozenset({*THREE_RATES, "contact_by_handler"})
_BY_TIER: Final = frozenset({"dispatched", "open", "overdue", "held_seconds"})
_PLACES: Final = Decimal("0.0001")
ENTRIES: Final[Mapping[str, Callable[[Mapping[str, Any], Window], Iterator[Share]]]] = {
    REQUEST_RECORDS.name: shares_of_request,
    WHISTLE_RECORDS.name: shares_of_whistle,
    DUTY_RECORDS.name: shares_of_duty,
}


@dataclass(slots=True)
class Sum:
    """What a figure adds up to; `numerators` by subject where a subject counts once."""

    adding: Adding
    added: int = 0
    counted: int = 0
    excluded: int = 0
    of_subject: dict[str, int] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)

    def add(self, share: Share) -> None:
        """Add one share."""
        self.excluded += share.excluded
        self.added += share.numerator
        self.counted += share.denominator
        if self.adding in ("distinct", "greatest"):
            before = self.of_subject.get(share.subject, 0)
            self.of_subject[share.subject] = max(before, share.numerator)
            if share.denominator:
                self.subjects.add(share.subject)

    @property
    def numerator(self) -> int:
        """The exact numerator."""
        return sum(self.of_subject.values()) if self.adding == "greatest" else self.added

    @property
    def denominator(self) -> int | None:
        """The exact denominator; a count has none."""
        if self.adding == "count":
            return None
        return len(self.subjects) if self.adding in ("distinct", "greatest") else self.counted

    @property
    def exact(self) -> Fraction | None:
        """The value; None without data."""
        if self.denominator is None:
            return Fraction(self.numerator)
        return Fraction(self.numerator, self.denominator) if self.denominator else None


@dataclass(slots=True)
class Board:
    """Every figure of one unit, as shares are added; parts beside the whole."""

    sums: dict[str, Sum]
    parts: defaultdict[str, dict[str, Sum]]

    def add(self, share: Share, tier: str) -> None:
        """Add one share, whose unit is of `tier`."""
        adding = FIGURES[share.figure]
        self.sums[share.figure].add(share)
        part = tier if share.figure in _BY_TIER else share.part
        if part is not None:
            self.parts[share.figure].setdefault(part, Sum(adding)).add(share)


def empty_board() -> Board:
    """Return a board without data: every figure is there."""
    return Board({name: Sum(adding) for name, adding in FIGURES.items()}, defaultdict(dict))


def shares_of(model: str, record: Mapping[str, Any], window: Window) -> Iterator[Share]:
    """Return what a record of a read model adds to the figures of `window`."""
    return ENTRIES[model](record, window)


def charged_in(shares: Iterable[Share], scope: Collection[str]) -> Iterator[Share]:
    """Yield the shares charged to a unit in `scope`."""
    return (each for each in shares if each.unit in scope)


def decimal_text(value: Fraction | None) -> str | None:
    """Return `value` with four places; None stays None: no data is not 0."""
    if value is None:
        return None
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(_PLACES))


def weights_permille(chart: Chart) -> Mapping[str, int]:
    """Return what each of the three rates counts in the composite, in thousandths."""
    return {name: chart.policy(f"{COMPOSITE}_{name}_permille") for name in THREE_RATES}


def composite_of(rates: Mapping[str, Fraction | None], chart: Chart) -> Fraction | None:
    """Return the weighted sum of the three rates, by name; None if one of them has no data."""
    total = Fraction(0)
    for name, weight in weights_permille(chart).items():
        rate = rates.get(name)
        if rate is None:
            return None
        total += rate * Fraction(weight, 1000)
    return total


def board_body(board: Board, chart: Chart) -> dict[str, Any]:
    """Return every figure as JSON, by name."""
    minimum = chart.policy("rate_minimum_answers_count")
    figures = {name: _body(name, found, minimum) for name, found in board.sums.items()}
    for name, parts in board.parts.items():
        told = {part: _body(name, found, minimum) for part, found in sorted(parts.items())}
        figures[name]["parts"] = told
    return {**figures, COMPOSITE: _composite_body(board, chart, minimum)}


def _body(name: str, found: Sum, minimum: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "numerator": found.numerator,
        "denominator": found.denominator,
        "excluded": found.excluded,
        "value": str(found.numerator) if found.adding == "count" else decimal_text(found.exact),
    }
    if found.adding == "greatest":
        body["greatest"] = max(found.of_subject.values(), default=None)
    if name in _OF_ANSWERS:
        body["few_answers"] = (found.denominator or 0) < minimum
    return body


def _composite_body(board: Board, chart: Chart, minimum: int) -> dict[str, Any]:
    value = composite_of({name: board.sums[name].exact for name in THREE_RATES}, chart)
    few = any((board.sums[name].denominator or 0) < minimum for name in THREE_RATES)
    return {
        "numerator": None if value is None else value.numerator,
        "denominator": None if value is None else value.denominator,
        "excluded": 0,
        "value": decimal_text(value),
        "few_answers": few,
        "weights_permille": weights_permille(chart),
    }
