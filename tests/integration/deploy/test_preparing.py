"""`setup` and `prepare` on real servers: from nothing to users that can do their work."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymongo.errors import OperationFailure
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.commands import installing
from services.common.messaging.declare import declare_at, queue_exists
from services.common.messaging.topology import calls_queue, of_service
from services.common.messaging.wire import channel_to
from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.operating.installation_secrets import (
    InstallationSecrets,
    Owners,
    Passwords,
    read_passwords,
)
from services.terminal.unprepared import Unprepared
from tests.integration.deploy.guarding import connected

DEPARTMENT = "dept-court"


@pytest.fixture(scope="module")
def secrets(server_folder: Path) -> Path:
    folder = server_folder / "secrets"
    InstallationSecrets(folder, owners=Owners(*[os.geteuid()] * 3)).make([DEPARTMENT])
    return folder


@pytest.fixture(scope="module")
def known(secrets: Path) -> Passwords:
    return read_passwords(secrets / "users.json")


@pytest.fixture(scope="module")
def addresses(guarded: Database, private_broker: Broker) -> dict[str, str]:
    database = f"root:root@127.0.0.1:{guarded.port}/?directConnection=true&authSource=admin"
    return {
        "MONGODB_URI": f"mongodb://{database}",
        "AMQP_URI": private_broker.uri,
        "AMQP_MANAGEMENT_URI": private_broker.management_uri,
        "LANG": "C.UTF-8",
        "LC_ALL": "",
    }


def prepared(secrets: Path, addresses: dict[str, str]) -> Result:
    member = addresses["MONGODB_URI"].partition("@")[2].partition("/")[0]
    words = ["prepare", str(secrets / "users.json"), "--member", member]
    return CliRunner().invoke(app, words, env=addresses)


@pytest.fixture(scope="module")
def first(secrets: Path, addresses: dict[str, str]) -> Result:
    return prepared(secrets, addresses)


def test_the_first_time_makes_every_user_and_the_second_changes_nothing(
    first: Result, secrets: Path, addresses: dict[str, str]
) -> None:
    assert first.exit_code == 0, first.output
    for change in ("mongodb: user metrics", "rabbitmq: user intake", f"user {DEPARTMENT}"):
        assert change in first.output
    assert prepared(secrets, addresses).output == "Database and broker are ready.\n"


@pytest.mark.usefixtures("first")
def test_a_service_works_with_the_users_it_was_given(
    guarded: Database, private_broker: Broker, known: Passwords
) -> None:
    with connected(guarded, "dispatch", known.database["dispatch"]) as dispatch:
        dispatch["log_dispatch"]["commits"].insert_one({"_id": "registry-units@1"})
        with pytest.raises(OperationFailure, match="not authorized"):
            dispatch["log_intake"]["commits"].insert_one({"_id": "request-1@1"})
    broker = urlsplit(private_broker.uri)
    login = f"dispatch:{known.services['dispatch']}"
    declare_at(f"amqp://{login}@{broker.hostname}:{broker.port}/", of_service("dispatch"))


@pytest.mark.usefixtures("first")
def test_queues_of_departments_are_left_to_the_service_that_knows_their_open_calls(
    private_broker: Broker,
) -> None:
    with channel_to(private_broker.uri) as channel:
        assert not queue_exists(channel.connection, calls_queue(DEPARTMENT))


def test_a_server_that_stays_away_is_named_in_one_sentence(
    secrets: Path, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "SERVERS_SECONDS", 0)
    away = {**addresses, "MONGODB_URI": "mongodb://root:root@127.0.0.1:1/?directConnection=true"}
    fault = prepared(secrets, away).exception
    assert isinstance(fault, Unprepared)
    assert fault.en.startswith("Not prepared, StoreAway")


def test_without_secrets_it_says_how_to_make_them(
    tmp_path: Path, addresses: dict[str, str]
) -> None:
    fault = prepared(tmp_path, addresses).exception
    assert isinstance(fault, Unprepared)
    assert "docker compose run --rm setup" in fault.en
