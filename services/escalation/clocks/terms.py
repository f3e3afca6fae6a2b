"""Limits and ladders of clocks, as the chart of the moment says. Pure; never leaves a clock mute.

"No holder's superior, no category, no place: escalates too": an unknown unit is rung for at the
home district's command centre, and who stands at the very top rings for himself.
"""

from collections.abc import Iterator, Mapping
from typing import Final, get_args

from services.common.chart import Chart, UnknownUnit
from services.common.contracts.commit import Fact
from services.common.contracts.vocabulary import ClockKind, TimeClass, WhistleKind
from services.common.following.reacting import Ask
from services.escalation.clocks.commands import (
    ArmDeadline,
    ByTimeClass,
    ClockCommand,
    Limit,
    MeetDeadline,
    Within,
)

#: Charged before an order has a holder; no units of the chart.
INTAKE_DESK: Final = "intake-desk"
PLATFORM: Final = "platform"


def above(chart: Chart, unit: str) -> tuple[str, ...]:
    """Return who is rung, step by step, when `unit` lets a clock run out; at least one."""
    try:
        return chart.superiors(unit) or (unit,)
    except UnknownUnit:
        return (chart.centre_or_home(),)


def within(chart: Chart, kind: ClockKind, whistle_kind: WhistleKind | None = None) -> Within:
    """Return the limit of `kind` that the policies fix."""
    return Within(chart.limit_seconds(kind, whistle_kind=whistle_kind))


def by_time_class(chart: Chart, kind: ClockKind) -> ByTimeClass:
    """Return the limit of `kind` for every time class; the stream knows which one it is."""
    limits: Mapping[TimeClass, int] = {
        each: chart.limit_seconds(kind, each) for each in get_args(TimeClass)
    }
    return ByTimeClass(limits)


def armed(
    fact: Fact,
    chart: Chart,
    kind: ClockKind,
    *,
    subject: str,
    limit: Limit,
    ladder: tuple[str, ...] = (),
    charged_to: str | None = None,
) -> ArmDeadline:
    """Return the command that starts a clock at the moment when `fact` was recorded."""
    return ArmDeadline(
        kind=kind,
        subject=subject,
        starts_at=fact.recorded_at,
        limit=limit,
        ladder=ladder,
        step_seconds=chart.limit_seconds("ladder_step"),
        charged_to=charged_to,
    )


def held_by(fact: Fact, chart: Chart, unit: str, *kinds: ClockKind) -> list[ArmDeadline]:
    """Return the commands that start clocks of a work order for its holder `unit`."""
    return [
        armed(
            fact,
            chart,
            kind,
            subject=fact.stream,
            limit=by_time_class(chart, kind),
            ladder=above(chart, unit),
            charged_to=unit,
        )
        for kind in kinds
    ]


def met(
    fact: Fact, kind: ClockKind, *, subject: str | None = None, slot: int | None = None
) -> MeetDeadline:
    """Return the command that says that `fact` is what was waited for (in its own stream)."""
    return MeetDeadline(
        kind=kind,
        subject=subject or fact.stream,
        met_by=fact.id,
        met_at=fact.recorded_at,
        slot=slot,
    )


def asks(target: str, *commands: ClockCommand) -> Iterator[Ask]:
    """Ask the clock stream `target` for `commands`, in this order."""
    return (Ask(target, command) for command in commands)
