"""Crashes along one story, numbered in its order: who dies where, what is on disk, who finishes.

Memory logs, the real services around them. A death is at one exact call (`tests.support.dying`).
"""

from typing import Any

import pytest

from services.common.contracts.commit import Commit, Draft
from services.common.contracts.streams import category_of
from services.common.following.cursors import Cursor
from services.common.messaging.topology import calls_queue
from services.demo.api import Problem
from tests.support.dying import dying_after, dying_before, losing_the_database
from tests.support.walking import SUPPORT, Walk


@pytest.fixture
def walk() -> Walk:
    return Walk()


#: Commands append one by one, reactions in groups, of which a death may leave a part.
REACTION = "append_sealed"


def to(category: str, event: str = "") -> Any:
    """Hold for an append to such a stream, with such an event."""

    def when(appended: Draft | Commit, *_: Any) -> bool:
        draft = appended.draft if isinstance(appended, Commit) else appended
        names = {type(each.event).__name__ for each in draft.events}
        return category_of(draft.stream) == category and (not event or event in names)

    return when


def test_1_intake_dies_with_texts_sealed_and_no_commit_a_repetition_uses_the_same_texts(
    walk: Walk,
) -> None:
    sealed = walk.world.texts.by_service["intake"]
    with dying_before(walk.world.logs["intake"], "append"):
        walk.reporter.look()
    left_behind = set(sealed)

    walk.reports_again()
    walk.world.settle()

    assert left_behind
    assert set(sealed) == left_behind
    assert len(walk.events("WorkOrderDispatched")) == 1


def test_2_intake_dies_before_it_answers_a_repetition_answers_the_same_code_and_secret(
    walk: Walk,
) -> None:
    with dying_after(walk.world.logs["intake"], "append"):
        walk.reporter.look()
    walk.world.settle()
    assert len(walk.events("WorkOrderDispatched")) == 1, "the relay publishes without the answer"

    first, second = walk.reports_again(), walk.reports_again()

    assert first == second
    assert first["code"]
    assert first["secret"]
    assert len(walk.commits("request")) == 1


@pytest.mark.parametrize("method", ["published", "publish_to"])
def test_3_the_relay_dies_placed_or_published_and_not_noted_the_next_publishes_again(
    walk: Walk, method: str
) -> None:
    log = walk.world.logs["intake"]
    walk.reporter.look()
    with dying_before(log, method):
        walk.world.settle()
    assert log.pending()

    walk.world.settle()

    assert not log.pending()
    assert len(walk.commits("workOrder")) == 1
    assert walk.world.trouble() == []


def test_3_the_relay_dies_in_the_middle_of_a_batch_the_next_publishes_all_of_it(
    walk: Walk,
) -> None:
    walk.reporter.look()
    with dying_after(walk.world.bus, "_route"):  # one of the three letters of the commit is out
        walk.world.settle()
    assert walk.world.logs["intake"].pending()

    walk.world.settle()

    assert len(walk.commits("workOrder")) == 1
    assert len(walk.armed("dispatch")) == 1


def test_4_dispatch_dies_with_the_order_appended_and_the_cursor_not_moved(walk: Walk) -> None:
    walk.reporter.look()
    with dying_after(walk.world.logs["dispatch"], REACTION, to("workOrder")):
        walk.world.settle()

    walk.world.settle()

    assert len(walk.commits("workOrder")) == 1
    assert walk.world.trouble() == []


@pytest.mark.parametrize("finisher", ["doorbell", "look"])
def test_5_escalation_dies_between_two_targets_of_one_commit(walk: Walk, finisher: str) -> None:
    with dying_after(walk.world.logs["escalation"], REACTION, to("raise")):
        walk.until("RaiseAccepted")
    assert walk.armed("raise_answer") == []
    if finisher == "look":
        walk.world.bus.wipe()

    walk.world.settle()

    assert len(walk.commits("raise")) == 1
    assert len(walk.armed("raise_answer")) == 1


def test_6_a_raise_accepted_while_dispatch_is_down_moves_the_holder_when_it_is_back(
    walk: Walk,
) -> None:
    walk.until("RaiseReceived")
    down = walk.world.replicas.pop("dispatch")
    walk.town.look()
    walk.world.settle()
    assert len(walk.met("raise_answer")) == 1
    assert walk.events("WorkOrderHandedOver") == []
    assert walk.world.next_due() is not None, "the order is watched meanwhile"

    walk.world.replicas["dispatch"] = down
    walk.world.settle()

    assert len(walk.events("WorkOrderHandedOver")) == 1
    assert len(walk.armed("resolution")) == 2


def test_7_the_timer_dies_with_the_miss_appended_and_the_call_not_told(walk: Walk) -> None:
    walk.until("CallReceived")  # the village's own call, by http; no department looks
    walk.passes(hours=12)
    walk.world.settle()
    with dying_after(walk.world.logs["escalation"], "append", to("clock", "DeadlineMissed")):
        walk.passes(hours=13)
    assert walk.events("DepartmentOverdue") == []

    walk.world.fire()  # a second timer finds what the first has written
    walk.world.settle()

    overdue = walk.events("DepartmentOverdue")
    assert sorted({fact.stream for fact in overdue}) == sorted(fact.stream for fact in overdue)
    assert len(overdue) == 1 + len(SUPPORT)


def test_8_the_notifier_dies_with_the_call_confirmed_it_sends_it_again_under_the_same_id(
    walk: Walk,
) -> None:
    cursors = walk.world.cursors["escalation"]
    queue = calls_queue("dept-market")

    def told(consumer: str, _cursor: Cursor) -> bool:
        return consumer == "escalation.notifier" and walk.world.bus.waiting(queue) > 0

    with dying_before(cursors, "save", told):
        walk.until("DepartmentReportedIn")

    walk.world.settle()

    waiting = {code: walk.world.bus.waiting(calls_queue(code)) for code in SUPPORT}
    assert waiting == {"dept-emergency": 2, "dept-enforcement": 2, "dept-market": 2}
    walk.until("UnitsReleased", departments=True)
    assert len(walk.events("CallReceived")) == 1 + len(SUPPORT)
    assert len(walk.events("DepartmentReportedIn")) == 2 * (1 + len(SUPPORT))


def test_9_escalation_dies_with_the_reply_appended_its_outcome_is_repeated(walk: Walk) -> None:
    walk.until("WhistleApproved")
    department = walk.departments["dept-market"]
    with dying_after(walk.world.logs["escalation"], "append", to("call", "CallReceived")):
        department.look()
        walk.world.settle()
    assert department.outcomes == []

    walk.world.settle()
    while department.look():
        walk.world.settle()

    told = [each["data"]["outcome"] for each in department.outcomes]
    assert told == ["repeated", *["recorded"] * 5]
    by_department = [
        each for each in walk.commits("call") if each.draft.actor.unit == "dept-market"
    ]
    assert len(by_department) == len(told)


def test_10_a_wiped_broker_is_looked_past_and_unread_calls_come_again(walk: Walk) -> None:
    walk.until("WhistleApproved")
    unread = {code: walk.world.bus.waiting(calls_queue(code)) for code in SUPPORT}
    assert set(unread.values()) == {1}
    walk.world.bus.wipe()

    for code in SUPPORT:
        walk.notifier().resend_open_calls(code)

    walk.until("UnitsReleased", departments=True)
    assert all(department.told_again == 1 for department in walk.departments.values())
    assert len(walk.events("DepartmentReportedIn")) == 2 * (1 + len(SUPPORT))  # meeting, on site


def test_10_a_wiped_broker_loses_doorbells_whoever_looks_finds_what_they_told(walk: Walk) -> None:
    walk.reporter.look()
    for log in walk.world.logs.values():
        log.stamp(100)
        log.publish_to(log.head())  # published, and lost with the broker

    walk.world.settle()

    assert len(walk.commits("workOrder")) == 1
    assert len(walk.armed("acknowledge")) == 1


@pytest.mark.parametrize("done", [False, True])
def test_11_the_database_dies_in_an_append_of_a_command_the_repetition_finds_or_makes_it(
    walk: Walk, done: bool
) -> None:
    with losing_the_database(walk.world.logs["intake"], "append", done=done):
        with pytest.raises(Problem) as away:
            walk.reporter.look()
        assert away.value.status == 503

    walk.reports_again()
    walk.world.settle()

    assert len(walk.commits("request")) == 1
    assert len(walk.commits("workOrder")) == 1


@pytest.mark.parametrize("done", [False, True])
def test_11_the_database_dies_in_an_append_of_reactions_the_next_turn_finds_or_makes_them(
    walk: Walk, done: bool
) -> None:
    with losing_the_database(walk.world.logs["dispatch"], "append_many", done=done):
        walk.reporter.look()
        walk.world.settle()

    walk.world.settle()

    assert len(walk.commits("workOrder")) == 1
    assert len(walk.armed("acknowledge")) == 1
    assert walk.world.trouble() == []
