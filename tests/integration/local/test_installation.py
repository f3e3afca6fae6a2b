"""Everything of one state folder, up and down, with stand-ins in the services' place."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.common.config import EXIT_UNUSABLE
from services.local.installation import Installation
from services.local.readiness import not_ready
from services.local.servers import ports
from services.local.servers.backing import BackingServers
from services.local.service_table import Service
from services.terminal.environment import Environment
from services.terminal.unprepared import Unprepared


@pytest.fixture
def environment(tmp_path: Path, amqp_uri: str, mongodb_uri: str) -> Environment:
    return Environment(
        state_folder=tmp_path,
        amqp_uri=amqp_uri,
        management_uri=None,
        mongodb_uri=mongodb_uri,
        private_packages=False,
        chinese=False,
        person=None,
    )


@pytest.fixture
def here(environment: Environment) -> Iterator[Installation]:
    found = Installation(environment)
    yield found
    found.stop()


@pytest.fixture
def service() -> Service:
    port = ports.choose(None)
    return Service(
        name="one",
        command=(sys.executable, "-m", "tests.support.stand_in_service"),
        environment={"HTTP_ADDRESS": f"127.0.0.1:{port}"},
        port=port,
    )


def test_detaching_returns_when_every_service_is_ready(
    here: Installation, service: Service
) -> None:
    here.prepare()
    here.detach([service])
    assert not_ready([service]) == []


def test_a_service_that_falls_is_named_with_the_place_of_its_words(
    here: Installation, service: Service
) -> None:
    falls = {**service.environment, "STAND_IN_FALLS": str(EXIT_UNUSABLE)}
    with pytest.raises(Unprepared, match=r"one; what they said: \./shaobao logs one"):
        here.detach([replace(service, environment=falls)])


def test_stopping_keeps_the_keys_and_wiping_deletes_them(
    here: Installation, service: Service
) -> None:
    here.prepare()
    here.detach([service])
    here.stop()
    assert not here.supervision.running
    assert here.secrets.master_key.exists()
    here.wipe()
    assert not here.secrets.folder.exists()


def test_servers_named_by_uris_are_left_running(
    here: Installation, environment: Environment
) -> None:
    here.prepare()
    here.wipe()
    servers = BackingServers(environment)
    servers.start_broker()  # both raise if the named server doesn't answer
    servers.start_database()
    assert (servers.broker, servers.database) == (None, None), "none of our own was started"


def test_the_services_get_the_named_uris(
    here: Installation, amqp_uri: str, mongodb_uri: str
) -> None:
    addresses = here.prepare()
    assert (addresses.amqp_uri, addresses.mongodb_uri) == (amqp_uri, mongodb_uri)
