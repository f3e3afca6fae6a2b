"""The services get everything they are to know, and the table survives being written."""

import re
from pathlib import Path

from services.common.clock import ClockMode
from services.local.secret_files import Secrets
from services.local.servers.backing import Addresses
from services.local.service_table import Service, load, our_services, save

ADDRESSES = Addresses(
    amqp_uri="amqp://u:p@127.0.0.1:1/", mongodb_uri="mongodb://h/", management_uri="http://h"
)


def test_the_four_services_have_their_fixed_addresses(tmp_path: Path) -> None:
    services = our_services(ADDRESSES, Secrets(tmp_path), clock=ClockMode())
    assert {service.name: service.environment["HTTP_ADDRESS"] for service in services} == {
        "intake": "127.0.0.1:8001",
        "dispatch": "127.0.0.1:8002",
        "escalation": "127.0.0.1:8003",
        "metrics": "127.0.0.1:8004",
    }


def test_a_scaled_clock_reaches_every_service(tmp_path: Path) -> None:
    services = our_services(ADDRESSES, Secrets(tmp_path), clock=ClockMode("scaled", 360))
    assert {(s.environment["CLOCK"], s.environment["CLOCK_RATE"]) for s in services} == {
        ("scaled", "360")
    }


def test_a_saved_table_comes_back_as_it_was(tmp_path: Path) -> None:
    services = our_services(ADDRESSES, Secrets(tmp_path), clock=ClockMode())
    save(tmp_path / "table.json", services)
    assert load(tmp_path / "table.json") == services


def test_a_saved_table_is_private_since_it_holds_passwords(tmp_path: Path) -> None:
    save(tmp_path / "table.json", [])
    assert (tmp_path / "table.json").stat().st_mode & 0o777 == 0o600


def test_a_table_that_was_never_saved_is_empty(tmp_path: Path) -> None:
    assert load(tmp_path / "table.json") == []


def test_no_service_is_told_to_listen_beyond_this_machine(tmp_path: Path) -> None:
    services = our_services(ADDRESSES, Secrets(tmp_path), clock=ClockMode())
    assert all(re.match(r"127\.0\.0\.1:", s.environment["HTTP_ADDRESS"]) for s in services)


def test_a_uri_that_we_set_hides_the_file_that_the_terminal_named() -> None:
    service = Service("intake", ("true",), {"AMQP_URI": "amqp://ours/"}, 8001)
    seen = service.environment_on_top_of({"AMQP_URI_FILE": "/theirs", "PATH": "/bin"})
    assert seen == {"AMQP_URI": "amqp://ours/", "PATH": "/bin"}
