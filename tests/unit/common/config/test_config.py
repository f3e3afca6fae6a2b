"""Settings: all faults in one error, secrets in files, nothing read at import."""

import ast
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from services.common.config import (
    CliSettings,
    DispatchSettings,
    EscalationSettings,
    IntakeSettings,
    MetricsSettings,
    UnusableSettings,
    read_settings,
)

_SERVICES = Path(__file__).parents[4] / "services"
SECRET = "s3cret"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "master").write_text("k")
    (tmp_path / "registry").mkdir()
    return {
        "MONGODB_URI": f"mongodb://user:{SECRET}@127.0.0.1/?replicaSet=rs0",
        "AMQP_URI": f"amqp://user:{SECRET}@127.0.0.1:5672/",
        "HTTP_ADDRESS": "127.0.0.1:8001",
        "TOKEN_PUBLIC_KEYS": str(tmp_path),
        "MASTER_KEY_FILE": str(tmp_path / "master"),
        "REGISTRY_DIR": str(tmp_path / "registry"),
    }


@pytest.mark.parametrize(
    "kind", [IntakeSettings, DispatchSettings, EscalationSettings, MetricsSettings, CliSettings]
)
def test_every_process_starts_with_what_is_needed_and_defaults(
    kind: type[CliSettings], environment: dict[str, str]
) -> None:
    found = read_settings(kind, environment)
    assert (found.clock, found.database_prefix, found.log_level) == ("real", "", "INFO")


def test_values_are_parsed(environment: dict[str, str]) -> None:
    more = {"HTTP_REUSE_PORT": "yes", "CLOCK": "scaled", "CLOCK_RATE": "900"}
    more["HTTP_ALLOWED_ORIGINS"] = "https://a.example, https://b.example"
    found = read_settings(IntakeSettings, {**environment, **more, "HTTP_ADDRESS": "[::1]:8001"})
    assert found.http_address == ("::1", 8001)
    assert (found.http_reuse_port, found.clock, found.clock_rate) == (True, "scaled", 900)
    assert found.http_allowed_origins == {"https://a.example", "https://b.example"}


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(UnusableSettings) as caught:
        read_settings(DispatchSettings, {})
    assert set(caught.value.faults) == {
        "MONGODB_URI",
        "AMQP_URI",
        "HTTP_ADDRESS",
        "TOKEN_PUBLIC_KEYS",
        "MASTER_KEY_FILE",
        "REGISTRY_DIR",
    }
    assert str(caught.value).splitlines()[0] == "dispatch can't start with these settings:"
    assert len(str(caught.value).splitlines()) == 7


def test_everything_ill_formed_is_named_with_what_is_missing() -> None:
    wrong = {
        "MONGODB_URI": f"http://user:{SECRET}@host",
        "AMQP_URI": "",
        "HTTP_ADDRESS": "8001",
        "DATABASE_PREFIX": "a-b",
        "CLOCK": "fast",
        "CLOCK_RATE": "-1",
        "LOG_LEVEL": "loud",
        "HTTP_REUSE_PORT": "maybe",
        "HTTP_BODY_LIMIT_BYTES": "0",
        "HTTP_ALLOWED_ORIGINS": "town",
        "TOKEN_PUBLIC_KEYS": "/nowhere",
        "MASTER_KEY_FILE": "/nowhere",
    }
    with pytest.raises(UnusableSettings) as caught:
        read_settings(IntakeSettings, wrong)
    assert set(caught.value.faults) == set(wrong)
    assert caught.value.faults["AMQP_URI"] == "is missing"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("address", ["host", ":8001", "host:", "host:a", "host:70000", "host:²"])
def test_an_address_is_host_and_port(address: str, environment: dict[str, str]) -> None:
    with pytest.raises(UnusableSettings):
        read_settings(MetricsSettings, {**environment, "HTTP_ADDRESS": address})


def test_a_setting_may_stand_in_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "uri").write_text(environment.pop("MONGODB_URI") + "\n")
    found = read_settings(CliSettings, {**environment, "MONGODB_URI_FILE": str(tmp_path / "uri")})
    assert found.mongodb_uri == f"mongodb://user:{SECRET}@127.0.0.1/?replicaSet=rs0"


def test_a_setting_given_twice_or_in_a_file_that_is_not_there_is_a_fault(
    environment: dict[str, str],
) -> None:
    with pytest.raises(UnusableSettings) as caught:
        read_settings(
            CliSettings,
            {**environment, "MONGODB_URI_FILE": "/x", "AMQP_URI": "", "AMQP_URI_FILE": "/nowhere"},
        )
    assert caught.value.faults == {
        "MONGODB_URI": "is given twice, also as MONGODB_URI_FILE",
        "AMQP_URI": "the file in AMQP_URI_FILE can't be read",
    }


def test_settings_are_frozen_and_do_not_print_secrets(environment: dict[str, str]) -> None:
    found = read_settings(CliSettings, environment)
    assert SECRET not in repr(found)
    with pytest.raises(FrozenInstanceError):
        found.clock = "stepped"  # type: ignore[misc]


def test_nobody_reads_the_environment_but_who_starts_something() -> None:
    """A service's is handed to `read_settings` in one place; a person's is read in another.

    What unpacks packages runs before anything is installed: it has only itself.
    """
    readers = {
        str(path.relative_to(_SERVICES))
        for path in _SERVICES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in ("environ", "getenv")
    }
    assert readers == {
        "common/running/process.py",
        "local/servers/packages.py",
        "terminal/environment.py",
    }
