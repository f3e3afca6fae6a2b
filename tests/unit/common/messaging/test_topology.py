"""The names on the broker are a contract: departments and running brokers know them."""

import pytest

from services.common.contracts.streams import SERVICES
from services.common.messaging import topology
from services.common.messaging.topology import BadDepartmentCode, Binding


def test_names_on_the_broker_never_change_by_accident() -> None:
    assert {one.name: one.kind for one in topology.WHOLE.exchanges} == {
        "logs.bells": "topic",
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
        "intake.dead", "dispatch.dead", "escalation.dead", "metrics.dead",
        "escalation.replies",
    }  # fmt: skip


def test_a_process_hears_of_every_log_that_it_has_advanced_and_of_its_own_what_was_appended() -> (
    None
):
    assert topology.bell_queue("dispatch", "ab12") == "dispatch.bell.ab12"
    assert topology.bell_keys("dispatch") == (
        "intake.advanced", "dispatch.advanced", "escalation.advanced", "dispatch.appended",
    )  # fmt: skip


def test_inboxes_of_older_releases_are_deleted_by_whoever_declares() -> None:
    inboxes = {"intake.inbox", "dispatch.inbox", "escalation.inbox", "metrics.inbox"}
    for service in ("escalation", "metrics"):
        assert set(topology.of_service(service).retired) == inboxes
    assert not inboxes.intersection(topology.WHOLE.queues)


def test_nothing_is_bound_to_the_events_of_a_log_but_by_who_wants_them() -> None:
    bound = {one.exchange for one in topology.WHOLE.bindings}
    assert not [each for each in bound if each.endswith(".events")]


def test_dead_letters_and_replies_have_a_place() -> None:
    assert Binding("metrics.dead", "metrics.dead", "") in topology.WHOLE.bindings
    assert Binding("escalation.replies", "departments.replies", "#") in topology.WHOLE.bindings


def test_a_service_declares_what_is_its_own_and_only_the_caller_what_departments_see() -> None:
    intake, metrics, caller = map(topology.of_service, ("intake", "metrics", "escalation"))
    assert {one.name for one in intake.exchanges} == {"logs.bells", "intake.events", "intake.dead"}
    assert (intake.queues, metrics.queues) == (("intake.dead",), ("metrics.dead",))
    assert {one.name for one in metrics.exchanges} == {"logs.bells", "metrics.dead"}
    assert caller.queues == ("escalation.dead", "escalation.replies")
    assert {*topology.DEPARTMENTS.exchanges} <= {*caller.exchanges}


def test_together_the_services_declare_the_whole() -> None:
    parts = [topology.of_service(service) for service in SERVICES]
    for found, whole in (
        ({one for part in parts for one in part.exchanges}, topology.WHOLE.exchanges),
        ({one for part in parts for one in part.queues}, topology.WHOLE.queues),
        ({one for part in parts for one in part.bindings}, topology.WHOLE.bindings),
    ):
        assert found == set(whole)


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
