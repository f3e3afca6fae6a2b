"""The names on the broker are a contract: departments and running brokers know them."""

import pytest

from services.common.messaging import topology
from services.common.messaging.topology import BadDepartmentCode, Binding


def test_names_on_the_broker_never_change_by_accident() -> None:
    assert {one.name: one.kind for one in topology.WHOLE.exchanges} == {
        "intake.events": "topic",
        "dispatch.events": "topic",
        "escalation.events": "topic",
        "intake.dead": "fanout",
        "dispatch.dead": "fanout",
        "escalation.dead": "fanout",
        "metrics.dead": "fanout",
        "departments.calls": "direct",
        "departments.outcomes": "direct",
        "departments.replies": "topic",
    }
    assert set(topology.WHOLE.queues) == {
        "intake.inbox", "dispatch.inbox", "escalation.inbox", "metrics.inbox",
        "intake.dead", "dispatch.dead", "escalation.dead", "metrics.dead",
        "escalation.replies",
    }  # fmt: skip


def test_every_inbox_takes_everything_of_the_logs_it_follows() -> None:
    followed = {
        (one.queue, one.exchange, one.key)
        for one in topology.WHOLE.bindings
        if one.queue.endswith(".inbox")
    }

    assert followed == {
        ("intake.inbox", "intake.events", "#"),
        ("intake.inbox", "dispatch.events", "#"),
        ("intake.inbox", "escalation.events", "#"),
        ("dispatch.inbox", "intake.events", "#"),
        ("dispatch.inbox", "dispatch.events", "#"),
        ("dispatch.inbox", "escalation.events", "#"),
        ("escalation.inbox", "intake.events", "#"),
        ("escalation.inbox", "dispatch.events", "#"),
        ("escalation.inbox", "escalation.events", "#"),
        ("metrics.inbox", "intake.events", "#"),
        ("metrics.inbox", "dispatch.events", "#"),
        ("metrics.inbox", "escalation.events", "#"),
    }


def test_dead_letters_and_replies_have_a_place() -> None:
    assert Binding("metrics.dead", "metrics.dead", "") in topology.WHOLE.bindings
    assert Binding("escalation.replies", "departments.replies", "#") in topology.WHOLE.bindings


def test_only_the_caller_declares_what_departments_see() -> None:
    assert topology.of_service("escalation") == topology.WHOLE
    assert topology.of_service("metrics") == topology.BUS


def test_a_department_has_two_queues_under_its_code() -> None:
    assert topology.department_bindings("dept-court") == (
        Binding("departments.dept-court.calls", "departments.calls", "dept-court"),
        Binding("departments.dept-court.outcomes", "departments.outcomes", "dept-court"),
    )


@pytest.mark.parametrize(
    "code", ["", "a.b", "dept#", "*", "Dept", "dept-", "a b", "法院", "a\n", "x" * 65]
)
def test_a_code_that_could_reach_into_another_departments_keys_is_refused(code: str) -> None:
    with pytest.raises(BadDepartmentCode):
        topology.calls_queue(code)
