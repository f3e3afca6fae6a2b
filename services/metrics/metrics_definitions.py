"""Every metric of the figures, with its labels. The platform's own are in `common`.

All are gauges, read from the records: those of the present month (Beijing) begin with
`shaobao_month_`. Counts stand beside every ratio; a ratio without data is absent, not 0. A unit is
a town, with all that lies in it, or a unit outside the towns; never a village, never an id. What an
older registry names so that it can't be a label is left out and counted; the others are shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client.core import GaugeMetricFamily

from services.common.contracts.forms import UNIT_NAME
from services.common.observability.metrics import LABELS as PLATFORM_LABELS
from services.common.observability.metrics import UnboundedLabel
from services.metrics.shares import OWN

Take = Literal["numerator", "denominator", "ratio"]
UNKNOWN_UNIT: Final = "none"

LABELS: Final[Mapping[str, re.Pattern[str]]] = {
    **PLATFORM_LABELS,
    "figure": re.compile(r"[a-z]{1,20}"),
    "channel": re.compile(r"[a-z0-9_]{1,20}"),
    "kind": re.compile(r"[a-z_]{1,20}"),
    "state": re.compile(r"[a-z_]{1,20}"),
    "month": re.compile(r"\d{4}-\d{2}"),
    "name_zh": re.compile(UNIT_NAME.pattern),
    "name_en": re.compile(UNIT_NAME.pattern),
}


@dataclass(frozen=True, slots=True)
class FigureGauge:
    """A gauge that shows a figure by unit, and by tier or part where labels say so.

    `part` names the label that holds the figure's part; `fixed` goes beside as label `figure`.
    """

    name: str
    text: str
    figure: str
    take: Take = "numerator"
    tiered: bool = False
    part: str | None = None
    fixed: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its labels, in order."""
        more = ("tier", self.part, "figure")
        used = (self.tiered, self.part is not None, self.fixed)
        return ("unit", *(name for name, on in zip(more, used, strict=True) if on and name))


def _rates() -> tuple[FigureGauge, ...]:
    takes: tuple[tuple[str, str, Take], ...] = (
        ("shaobao_month_rate_ratio", "Rate of this month's cohort; absent without data.", "ratio"),
        ("shaobao_month_rate_favourable", "Answers that count for the rate.", "numerator"),
        ("shaobao_month_rate_answers", "Answers that the rate is taken from.", "denominator"),
    )
    return tuple(
        FigureGauge(name, text, figure, take, fixed=True)
        for name, text, take in takes
        for figure in ("response", "resolution", "satisfaction")
    )


FIGURE_GAUGES: Final = (
    FigureGauge(
        "shaobao_month_requests_received",
        "Requests received this month, by place and channel.",
        "received",
        part="channel",
    ),
    FigureGauge(
        "shaobao_month_orders_dispatched",
        "Orders dispatched this month, by first holder.",
        "dispatched",
        tiered=True,
    ),
    FigureGauge(
        "shaobao_open_orders", "Orders not closed, by holder.", "open", tiered=True, part="state"
    ),
    FigureGauge(
        "shaobao_overdue_orders",
        "Open orders whose running resolution limit is gone, by holder.",
        "overdue",
        tiered=True,
    ),
    *_rates(),
    FigureGauge(
        "shaobao_month_cohort_requests",
        "Requests first followed up this month.",
        "unanswered",
        "denominator",
    ),
    FigureGauge(
        "shaobao_month_unanswered_requests", "Of the cohort, closed unanswered.", "unanswered"
    ),
    FigureGauge(
        "shaobao_month_whistles", "Whistles of this month, by kind.", "whistles", part="kind"
    ),
    FigureGauge(
        "shaobao_month_calls_due",
        "Calls to a unit whose report-in came due this month.",
        f"{OWN}report_in",
        "denominator",
    ),
    FigureGauge("shaobao_month_calls_met_in_time", "Of those, met in time.", f"{OWN}report_in"),
    FigureGauge(
        "shaobao_month_reported_in_calls",
        "First report-ins of a unit this month.",
        f"{OWN}report_in_seconds",
        "denominator",
    ),
    FigureGauge(
        "shaobao_month_report_in_seconds",
        "Seconds from call to first report-in, summed over those.",
        f"{OWN}report_in_seconds",
    ),
    FigureGauge(
        "shaobao_month_held_seconds",
        "Seconds for which units held orders this month, gross.",
        "held_seconds",
        tiered=True,
    ),
    FigureGauge(
        "shaobao_month_absent_seconds",
        "Seconds for which a unit was called and absent this month.",
        f"{OWN}agency_seconds",
    ),
    FigureGauge("shaobao_month_hand_overs", "Orders that a unit handed over.", "hand_overs"),
)
COMPOSITE_GAUGE: Final = "shaobao_month_rate_ratio"


def family(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    """Return an empty gauge family.

    Raises:
        UnboundedLabel: A label is not in `LABELS`.
    """
    unknown = [label for label in labels if label not in LABELS]
    if unknown:
        raise UnboundedLabel(f"not in LABELS: {', '.join(unknown)}")
    return GaugeMetricFamily(name, text, labels=labels)


@dataclass(slots=True)
class Exposition:
    """What one refresh shows. A sample that can't be shown is left out and stops no other."""

    left_out: int = 0

    def add(self, found: GaugeMetricFamily, labels: Mapping[str, str], value: float) -> None:
        """Add one sample, or count it if a value doesn't look like its label's."""
        if all(LABELS[label].fullmatch(word) for label, word in labels.items()):
            found.add_metric(list(labels.values()), value)
        else:
            self.left_out += 1
