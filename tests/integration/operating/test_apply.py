"""Apply against a real broker: rights are set, read back, and keep departments apart."""

import uuid
from typing import Any

import amqp
import pytest
from amqp.exceptions import AccessRefused

from services.common.messaging.wire import connected
from services.operating.broker.apply import NotApplied, Plan, planned_changes, verify_rights
from services.operating.broker.rights import department_rights
from tests.integration.common.messaging.broker import Broker
from tests.support.waiting import eventually


@pytest.fixture
def codes(broker: Broker) -> tuple[str, str]:
    """Two departments, under names that no other test uses: users belong to the whole broker."""
    suffix = uuid.uuid4().hex[:8]
    broker.users += [f"dept-court-{suffix}", f"dept-market-{suffix}"]
    return broker.users[0], broker.users[1]


@pytest.fixture
def plan(codes: tuple[str, str]) -> Plan:
    return Plan(departments={code: f"secret of {code}" for code in codes})


def test_applying_twice_changes_nothing(broker: Broker, plan: Plan) -> None:
    first = broker.brought_to(plan)
    assert planned_changes(broker.management, plan) == ()
    second = broker.brought_to(plan)

    assert "policy department-replies" in first
    assert second == ()


def test_a_plan_names_what_applying_changes_and_touches_nothing(broker: Broker, plan: Plan) -> None:
    planned = tuple(map(str, planned_changes(broker.management, plan)))

    assert planned == tuple(map(str, planned_changes(broker.management, plan)))
    assert {"queue intake.dead", "exchange logs.bells", "policy dead"} <= set(planned)
    assert sorted(broker.brought_to(plan)) == sorted(planned)


def test_queues_of_an_older_release_are_planned_to_go_and_gone(broker: Broker, plan: Plan) -> None:
    broker.brought_to(plan)
    with connected(broker.uri) as connection:
        connection.channel().queue_declare("intake.inbox", durable=True, auto_delete=False)

    planned = tuple(map(str, planned_changes(broker.management, plan)))

    assert planned == ("retired queue intake.inbox",)
    assert broker.brought_to(plan) == planned
    assert planned_changes(broker.management, plan) == ()


def test_a_new_password_is_the_only_change(
    broker: Broker, plan: Plan, codes: tuple[str, str]
) -> None:
    broker.brought_to(plan)

    changed = broker.brought_to(Plan(departments={**plan.departments, codes[0]: "new"}))

    assert changed == (f"user {codes[0]}",)


def test_every_policy_is_in_force_on_its_queues(
    broker: Broker, plan: Plan, codes: tuple[str, str]
) -> None:
    broker.brought_to(plan)

    queues = eventually(lambda: all_with_policy(broker), awaited="policies in the statistics")
    in_force = {one["name"]: one["policy"] for one in queues}
    assert in_force["escalation.replies"] == "department-replies"
    assert in_force[f"departments.{codes[0]}.calls"] == "department-calls"
    assert in_force[f"departments.{codes[0]}.outcomes"] == "department-outcomes"
    assert in_force["metrics.dead"] == "dead"
    assert {one["type"] for one in queues} == {"quorum"}
    assert {tuple(one["arguments"].items()) for one in queues} == {(("x-queue-type", "quorum"),)}


def all_with_policy(broker: Broker) -> list[dict[str, Any]]:
    """The queues, once the management statistics know the policy of each."""
    queues: list[dict[str, Any]] = broker.management.get("queues", broker.management.vhost)
    return queues if all(one.get("policy") for one in queues) else []


def reply(uri: str, key: str) -> None:
    """Reply as a department does: confirmed."""
    with connected(uri) as connection:
        publish_and_wait(connection.channel(), "departments.replies", key)


def test_a_department_cannot_answer_as_another(
    broker: Broker, plan: Plan, codes: tuple[str, str]
) -> None:
    broker.brought_to(plan)
    uri = broker.uri_of(codes[0], plan.departments[codes[0]])

    reply(uri, f"{codes[0]}.arrived")
    with pytest.raises(AccessRefused, match="topic"):
        reply(uri, f"{codes[1]}.arrived")

    (own,) = broker.take("escalation.replies")
    assert own.delivery_info["routing_key"] == f"{codes[0]}.arrived"


def test_without_the_topic_permission_apply_fails(
    broker: Broker, plan: Plan, codes: tuple[str, str]
) -> None:
    broker.brought_to(plan)
    broker.management.delete("topic-permissions", broker.management.vhost, codes[0])

    with pytest.raises(NotApplied, match="topic permission"):
        verify_rights(broker.management, department_rights(codes[0]))


def test_apply_fails_on_a_broker_that_forgets_the_topic_permission(
    broker: Broker, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = broker.management.put

    def forgetful(*path: str, body: dict[str, object]) -> None:
        if path[0] != "topic-permissions":
            put(*path, body=body)

    monkeypatch.setattr(broker.management, "put", forgetful)

    with pytest.raises(NotApplied, match="topic permission"):
        broker.brought_to(plan)


def test_a_department_reads_its_own_queues_only(
    broker: Broker, plan: Plan, codes: tuple[str, str]
) -> None:
    broker.brought_to(plan)
    with connected(broker.uri_of(codes[0], plan.departments[codes[0]])) as connection:
        channel = connection.channel()
        channel.queue_declare(f"departments.{codes[0]}.calls", passive=True)
        channel.basic_get(f"departments.{codes[0]}.calls")
        with pytest.raises(AccessRefused):
            connection.channel().basic_get(f"departments.{codes[1]}.calls")
        with pytest.raises(AccessRefused):
            connection.channel().queue_declare("mine")


def publish_and_wait(channel: Any, exchange: str, key: str) -> None:
    """Publish, then ask something, so that a refusal has arrived."""
    channel.basic_publish(amqp.Message("{}"), exchange, key)
    channel.exchange_declare(exchange, "topic", passive=True)
