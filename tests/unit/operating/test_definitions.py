"""The file for operators says what the code says."""

import json
import re
from pathlib import Path

import pytest

from services.common.contracts.streams import SERVICES
from services.common.messaging import topology
from services.operating.broker.apply import Plan
from services.operating.broker.definitions import bus_definitions, definitions, text
from services.operating.broker.rights import policies, service_rights

FILE = Path(__file__).parents[3] / "deploy" / "rabbitmq" / "definitions.json"


def test_the_shipped_definitions_are_current() -> None:
    assert FILE.read_text() == text(bus_definitions())


def test_a_file_with_users_holds_hashes_and_which_keys_each_may_use() -> None:
    plan = Plan(services={"intake": "s3cret-i"}, departments={"dept-court": "s3cret-d"})

    found = definitions(plan, ("admin", "s3cret-a"))

    assert "s3cret" not in json.dumps(found)
    assert [one["name"] for one in found["users"]] == ["admin", "intake", "dept-court"]
    assert found["topic_permissions"] == [
        {
            "vhost": "/",
            "user": "intake",
            "exchange": "logs.bells",
            "write": r"^(intake\.advanced|intake\.appended)$",
            "read": r"^(intake\.advanced|dispatch\.advanced|escalation\.advanced"
            r"|intake\.appended)$",
        },
        {
            "vhost": "/",
            "user": "dept-court",
            "exchange": "departments.replies",
            "write": r"^{username}\.",
            "read": "^$",
        },
    ]


def test_every_limit_is_explicit() -> None:
    by_name = {one.name: one.definition for one in policies()}

    assert by_name["department-replies"]["delivery-limit"] == 20
    assert by_name["department-calls"] == {
        "delivery-limit": 20,
        "dead-letter-exchange": "escalation.dead",
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
        "message-ttl": 604_800_000,
        "max-length": 10_000,
    }
    assert by_name["department-outcomes"]["overflow"] == "drop-head"


def test_a_queue_gets_one_policy_at_most_and_bells_none() -> None:
    queues = (
        *topology.WHOLE.queues,
        topology.calls_queue("dept-court"),
        topology.outcomes_queue("dept-court"),
    )
    for queue in queues:
        assert [bool(re.search(each.pattern, queue)) for each in policies()].count(True) == 1
    bells = topology.bell_queue("intake", "ab12")
    assert not [each for each in policies() if re.search(each.pattern, bells)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_right_to_what_is_another_s_but_to_end_its_old_inbox(
    service: str,
) -> None:
    rights = service_rights(service)
    for other in set(SERVICES) - {service}:
        names = {f"{other}.events", f"{other}.dead", f"{other}.bell.ab12", f"{other}.replies"}
        for allowed in (rights.configure, rights.write, rights.read):
            assert not [each for each in names if re.search(allowed, each)]
        assert re.search(rights.configure, f"{other}.inbox")
        assert not re.search(rights.write + "|" + rights.read, f"{other}.inbox")


def test_who_writes_no_log_rings_nobody() -> None:
    found = service_rights("metrics")
    assert not re.search(found.write, topology.BELLS)
    assert found.topic is not None
    assert found.topic.write == "^$"
    assert re.search(service_rights("intake").write, topology.BELLS)


def test_no_service_but_the_caller_has_a_right_to_what_departments_see() -> None:
    for service in ("intake", "dispatch", "metrics"):
        rights = service_rights(service)
        assert "departments" not in rights.configure + rights.write + rights.read
