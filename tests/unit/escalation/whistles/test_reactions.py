"""Which events ask which streams for what; most are played over HTTP, here is the rest."""

from typing import Any

import pytest

from services.common.chart import Adoption, Chart, fold
from services.common.contracts.commit import Fact
from services.common.contracts.events.clocks import DeadlineMissed, DeadlineReminded
from services.common.contracts.events.dispatch import WorkOrderClosed, WorkOrderHandedOver
from services.common.contracts.events.escalation import DepartmentReportedIn
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import registry_stream
from services.dispatch.domain.work_order_commands import HandOver, WhistleOrder
from services.escalation.calls.commands import MarkOverdue, RemindDepartment
from services.escalation.clocks.reactions import REACTIONS as CLOCK_REACTIONS
from services.escalation.duties.rules import MissSlot
from services.escalation.raises.reactions import HAND_OVER
from services.escalation.raises.rules import VoidRaise
from services.escalation.whistles.commands import DropOrder, JoinUnit, MarkUnapproved
from services.escalation.whistles.reactions import WHISTLE_ORDER
from services.escalation.wiring import AGGREGATES, consumers
from services.escalation.wiring import REACTIONS as WIRED
from services.escalation.wiring import REACTIONS_OF_MATTERS as REACTIONS
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_escalation import MARKET, WHISTLE_ID, adoptions
from tests.unit.escalation.http.world import World


@pytest.fixture(scope="module")
def chart() -> Chart:
    found = (
        Adoption(registry_stream(each.kind), 1, each.effective_at, tuple(each.entries))
        for each in adoptions()
    )
    return fold(found, DAY_ONE)


def asked(chart: Chart, stream: str, event: Any) -> list[tuple[str, Any]]:
    """Return what the reactions ask for because of an event: (target, command)."""
    fact = Fact(event, f"{stream}@1.0", stream, 1, DAY_ONE, DAY_ONE, {})
    reactions = REACTIONS.get(type(event), ())
    return [(ask.target, ask.command) for reaction in reactions for ask in reaction(fact, chart)]


def missed(kind: Any, step: int = 0) -> DeadlineMissed:
    return DeadlineMissed(6, kind, "call-c", step, DAY_ONE, 60)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (DeadlineReminded(6, "report_in", "call-c"), RemindDepartment(6)),
        (missed("report_in", 2), MarkOverdue(6, 2, 60)),
        (missed("approval"), MarkUnapproved(60)),
        (missed("check_in"), MissSlot(DAY_ONE)),
    ],
)
def test_a_clock_asks_its_subject(chart: Chart, event: Any, expected: Any) -> None:
    assert asked(chart, "clock-h", event) == [("call-c", expected)]


@pytest.mark.parametrize(
    "event",
    [
        DeadlineReminded(6, "conclusion", "whistle-h"),
        missed("approval", 1),
        missed("check_in", 1),
        missed("resolution"),
    ],
)
def test_a_clock_of_others_asks_nobody(chart: Chart, event: Any) -> None:
    assert asked(chart, "clock-h", event) == []


def test_a_refused_hand_over_voids_the_raise(chart: Chart) -> None:
    event = ReactionRefused("HandOver", "not-allowed-now", "a")
    assert asked(chart, "workOrder-w", event) == [("raise-a", VoidRaise("not-allowed-now"))]


def test_a_refused_whistle_drops_the_order(chart: Chart) -> None:
    event = ReactionRefused("WhistleOrder", "not-allowed-now", "h")
    assert asked(chart, "workOrder-w", event) == [("whistle-h", DropOrder("w", "not-allowed-now"))]


@pytest.mark.parametrize(
    ("stream", "event"),
    [
        ("workOrder-w", ReactionRefused("ConcludeWhistle", "not-allowed-now", "h")),
        ("workOrder-w", ReactionRefused("WhistleOrder", "nothing_to_do", "h")),
        ("workOrder-w", ReactionRefused("WhistleOrder", "not-allowed-now")),
        ("call-c", ReactionRefused("HandOver", "not-allowed-now", "a")),
        ("workOrder-w", WorkOrderClosed("r", "solved")),
        ("workOrder-w", WorkOrderHandedOver("r", VILLAGE, TOWN, "take_over", 60)),
        ("workOrder-w", WorkOrderHandedOver("r", VILLAGE, TOWN, "raise", 60, "a")),
    ],
)
def test_what_ends_nothing_here_asks_nobody(chart: Chart, stream: str, event: Any) -> None:
    assert asked(chart, stream, event) == []


def test_only_the_first_report_in_joins_and_carries_the_quorum_of_its_day(chart: Chart) -> None:
    first, second = (
        DepartmentReportedIn(WHISTLE_ID, MARKET, "meeting", first, False, 2, DAY_ONE)
        for first in (True, False)
    )
    assert asked(chart, "call-c", first) == [
        (f"whistle-{WHISTLE_ID}", JoinUnit(MARKET, False, 2, 3))
    ]
    assert asked(chart, "call-c", second) == []


def test_the_commands_of_dispatch_that_are_listened_for_have_these_names() -> None:
    assert (HandOver.__name__, WhistleOrder.__name__) == (HAND_OVER, WHISTLE_ORDER)


def test_both_tables_of_reactions_are_wired_and_none_is_lost() -> None:
    for table in (REACTIONS, CLOCK_REACTIONS):
        for kind, reactions in table.items():
            assert set(reactions) <= set(WIRED[kind])
    assert sum(map(len, WIRED.values())) == sum(
        len(each) for table in (REACTIONS, CLOCK_REACTIONS) for each in table.values()
    )


def test_every_consumer_has_a_name_of_its_own() -> None:
    world = World()
    names = [consumer.name for consumer in consumers(world.desk, world.line)]
    assert len(names) == len(set(names))
    assert names[:2] == ["escalation", "escalation.notifier"]
    assert {each.category for each in AGGREGATES} == {"raise", "whistle", "call", "duty", "clock"}
