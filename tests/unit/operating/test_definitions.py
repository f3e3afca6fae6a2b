"""The file for operators says what the code says."""

import json
from pathlib import Path

from services.operating.broker.apply import Plan
from services.operating.broker.definitions import bus_definitions, definitions, text
from services.operating.broker.rights import policies, service_rights

FILE = Path(__file__).parents[3] / "deploy" / "rabbitmq" / "definitions.json"


def test_the_shipped_definitions_are_current() -> None:
    assert FILE.read_text() == text(bus_definitions())


def test_a_file_with_users_holds_hashes_and_the_departments_topic_rights() -> None:
    plan = Plan(services={"intake": "s3cret-i"}, departments={"dept-court": "s3cret-d"})

    found = definitions(plan, ("admin", "s3cret-a"))

    assert "s3cret" not in json.dumps(found)
    assert [one["name"] for one in found["users"]] == ["admin", "intake", "dept-court"]
    assert found["topic_permissions"] == [
        {
            "vhost": "/",
            "user": "dept-court",
            "exchange": "departments.replies",
            "write": r"^{username}\.",
            "read": "^$",
        }
    ]


def test_every_limit_is_explicit() -> None:
    by_name = {one.name: one.definition for one in policies()}

    assert {by_name[f"{service}-inbox"]["delivery-limit"] for service in ("intake", "metrics")} == {
        20
    }
    assert by_name["department-calls"] == {
        "delivery-limit": 20,
        "dead-letter-exchange": "escalation.dead",
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
        "message-ttl": 604_800_000,
        "max-length": 10_000,
    }
    assert by_name["department-outcomes"]["overflow"] == "drop-head"


def test_no_service_but_the_caller_has_a_right_to_what_departments_see() -> None:
    for service in ("intake", "dispatch", "metrics"):
        rights = service_rights(service)
        assert "departments" not in rights.configure + rights.write + rights.read
