"""Who may do what in the database: the least that the work takes."""

import pytest

from services.common.contracts.streams import LOGS, SERVICES
from services.operating.store_rights import (
    OPERATOR,
    USERS,
    Privilege,
    privileges,
)

WRITING = {"insert", "update", "remove"}


def allowed(user: str, database: str, collection: str = "") -> set[str]:
    """Return what `user` may do with a collection."""
    return {
        action
        for each in privileges(user)
        if each.database == database and each.collection in ("", collection)
        for action in each.actions
    }


@pytest.mark.parametrize("user", USERS)
def test_nobody_removes_from_a_log_or_a_key(user: str) -> None:
    for each in privileges(user):
        if each.database.startswith("log_") or each.database == "keys":
            assert "remove" not in each.actions


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_every_log_and_writes_its_own_alone(service: str) -> None:
    for log in LOGS:
        assert "find" in allowed(service, f"log_{log}")
        assert bool(WRITING & allowed(service, f"log_{log}")) == (service == log)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_no_read_model_but_its_own(service: str) -> None:
    assert {each for each in SERVICES if allowed(service, f"view_{each}")} == {service}


@pytest.mark.parametrize("service", LOGS)
def test_a_service_that_commands_opens_every_text_and_seals_in_its_own_vault(service: str) -> None:
    for owner in LOGS:
        found = allowed(service, f"vault_{owner}", "texts")
        assert "find" in found
        assert bool(WRITING & found) == (service == owner)


def test_metrics_reaches_no_text_and_no_key() -> None:
    reached = {each.database for each in privileges("metrics")}
    assert reached == {*(f"log_{log}" for log in LOGS), "view_metrics", "clock"}


def test_who_reported_something_opens_to_intake_alone() -> None:
    assert [user for user in USERS if allowed(user, "keys", "reporter")] == ["intake"]


def test_the_command_line_makes_no_key_and_no_text() -> None:
    for each in privileges(OPERATOR):
        if each.database == "keys" or each.database.startswith("vault_"):
            assert each.actions == ("find",)


def test_a_right_names_the_database_with_the_installations_prefix() -> None:
    document = Privilege("keys", ("find",), "request").document("demo_")
    assert document == {
        "resource": {"db": "demo_keys", "collection": "request"},
        "actions": ["find"],
    }
