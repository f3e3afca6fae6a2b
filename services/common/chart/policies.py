"""Policies: every limit and weight that no public source fixes, and the few that one does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from services.common.chart.entries import Entry, Shape, in_force
from services.common.chart.errors import PolicyMissing
from services.common.contracts.vocabulary import ClockKind, TimeClass, WhistleKind

#: What has a limit: the clocks with one of their own, and a step of the ladder.
#: `promised` is a date and `check_in` a slot: their limits are carried by the events.
LimitKind = ClockKind | Literal["ladder_step"]

POLICIES: Final = Shape(
    kind="policies",
    key="name",
    required={"name": str, "value": (int, str, bool), "effective_from": str},
    optional={"policy": bool},
)
BY_TIME_CLASS: Final = ("acknowledge", "contact", "resolution")

#: Every name the product asks for; a table of policies without one of them is refused.
REQUIRED: Final = frozenset({
    "home_district_code",
    "forward_limit_seconds",
    "dispatch_limit_seconds",
    *(f"{kind}_limit_{cls}_seconds" for kind in BY_TIME_CLASS for cls in get_args(TimeClass)),
    "transfer_answer_limit_seconds",
    "raise_answer_limit_seconds",
    "approval_limit_seconds",
    "approval_limit_emergency_seconds",
    *(f"report_in_limit_{kind}_seconds" for kind in get_args(WhistleKind)),
    "refusal_answer_limit_seconds",
    "conclusion_limit_seconds",
    "rating_limit_seconds",
    "follow_up_limit_seconds",
    "follow_up_tries_count",
    "ladder_step_limit_seconds",
    "quorum_support_numerator",
    "quorum_support_denominator",
    "composite_response_permille",
    "composite_resolution_permille",
    "composite_satisfaction_permille",
    "rate_minimum_answers_count",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """One value in force; without a `source` it is ours to set and is shown so."""

    name: str
    value: int | str | bool
    effective_from: date
    source: str | None


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in force on one day, by name."""

    entries: Mapping[str, Policy]

    def number(self, name: str) -> int:
        """Return a whole number, in the unit that `name` ends with.

        Raises:
            PolicyMissing: There is none of this name, or it is no number.
        """
        found = self.entries.get(name)
        if found is None or type(found.value) is not int:
            raise PolicyMissing(name=name, wanted="a whole number")
        return found.value

    def text(self, name: str) -> str:
        """Return a policy that is text, e.g. a code.

        Raises:
            PolicyMissing: There is none of this name, or it is no text.
        """
        found = self.entries.get(name)
        if found is None or not isinstance(found.value, str):
            raise PolicyMissing(name=name, wanted="text")
        return found.value

    def limit_seconds(
        self,
        kind: LimitKind,
        time_class: TimeClass | None = None,
        whistle_kind: WhistleKind | None = None,
    ) -> int:
        """Return how long a state may last, in seconds.

        `time_class` is needed for acknowledge, contact and resolution, `whistle_kind` for
        report_in; for approval it tells an emergency; elsewhere both are passed over.

        Raises:
            PolicyMissing: There is no such limit.
        """
        return self.number(_limit_name(kind, time_class, whistle_kind))

    def promise_seconds(self, time_class: TimeClass) -> int:
        """Return how far ahead the promised date lies: the dispatch and the class limit."""
        return self.limit_seconds("dispatch") + self.limit_seconds("resolution", time_class)

    def quorum_of_support(self, supporting: int) -> int:
        """Return how many of the `supporting` units must be there, beside the lead."""
        numerator = self.number("quorum_support_numerator")
        return quorum(supporting, numerator, self.number("quorum_support_denominator"))


def quorum(supporting: int, numerator: int, denominator: int) -> int:
    """Return how many of `supporting` units make a quorum beside the lead: rounded up."""
    return -(-supporting * numerator // denominator)


def _limit_name(
    kind: LimitKind, time_class: TimeClass | None, whistle_kind: WhistleKind | None
) -> str:
    match kind:
        case "acknowledge" | "contact" | "resolution":
            return f"{kind}_limit_{time_class}_seconds"
        case "report_in":
            return f"report_in_limit_{whistle_kind}_seconds"
        case "approval" if whistle_kind == "emergency":
            return "approval_limit_emergency_seconds"
        case "rating_town" | "rating_unit":
            return "rating_limit_seconds"
        case _:
            return f"{kind}_limit_seconds"


def fold_policies(entries: Iterable[Entry], day: str) -> Policies:
    """Return the policies of `day`: of each name the one that came into force last.

    Raises:
        InvalidEntry: A name comes into force twice on one day.
    """
    found: dict[str, Policy] = {}
    for entry in in_force(entries, day):
        if entry["effective_from"] > day:
            continue
        policy = _policy(entry)
        other = found.get(policy.name)
        if other is not None and other.effective_from == policy.effective_from:
            raise POLICIES.invalid(entry, "effective_from", "stands twice", "重复")
        if other is None or other.effective_from < policy.effective_from:
            found[policy.name] = policy
    return Policies(entries=found)


def _policy(entry: Entry) -> Policy:
    return Policy(
        name=entry["name"],
        value=entry["value"],
        effective_from=date.fromisoformat(entry["effective_from"]),
        source=entry.get("source"),
    )
