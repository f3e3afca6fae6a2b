"""The private broker as a crash test uses it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import amqp
import httpx
import pytest

from services.common.messaging.wire import connected
from services.local.servers.broker import Broker
from services.local.servers.plain_names import PlainNames
from services.local.servers.rabbitmq_program import RabbitmqProgram, locate
from services.local.servers.throwaway import broker_in
from services.terminal.unprepared import Unprepared
from tests.support.strangers import stranger_on
from tests.support.waiting import PATIENCE_SECONDS

QUEUE = "kept"


@pytest.fixture
def broker(private_broker: Broker) -> Broker:
    private_broker.start()
    return private_broker


@pytest.fixture
def with_queue(broker: Broker) -> Broker:
    """A quorum queue that is on disk.

    RabbitMQ 3.10 writes down a new queue's machine up to a second later than it says so; killed
    before that, it answers for the queue with nothing but time-outs. A restart in order settles it.
    """
    with channel(broker) as opened:
        opened.queue_declare(
            QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
    broker.stop()
    broker.start()
    return broker


@contextmanager
def channel(broker: Broker) -> Iterator[Any]:
    with connected(broker.uri, PATIENCE_SECONDS) as connection:
        yield connection.channel()


def put(broker: Broker, text: str) -> None:
    with channel(broker) as opened:
        opened.basic_publish_confirm(amqp.Message(text, delivery_mode=2), routing_key=QUEUE)


def take(broker: Broker) -> str | None:
    with channel(broker) as opened:
        message = opened.basic_get(QUEUE, no_ack=True)
        return None if message is None else str(message.body)


def has_a_mapper(broker: Broker) -> bool:
    return broker.mapper.running


def test_a_confirmed_message_survives_kill_9_at_the_same_address(with_queue: Broker) -> None:
    before = with_queue.uri
    put(with_queue, "still here")
    with_queue.kill()
    assert not with_queue.running
    with_queue.start()
    assert with_queue.uri == before
    assert take(with_queue) == "still here"


def test_a_wiped_broker_comes_back_empty_at_the_same_address(with_queue: Broker) -> None:
    before = with_queue.uri
    with_queue.wipe()
    with_queue.start()
    assert with_queue.uri == before
    with pytest.raises(amqp.exceptions.NotFound):
        take(with_queue)


def test_starting_a_running_broker_changes_nothing(broker: Broker) -> None:
    before = broker.process.mark
    broker.start()
    assert broker.process.mark == before


def test_a_frozen_broker_keeps_its_connections_and_answers_nothing(broker: Broker) -> None:
    broker.pause()
    try:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{broker.management_uri}/api/overview", timeout=0.5, trust_env=False)
    finally:
        broker.resume()
    broker.start()
    answer = httpx.get(
        f"{broker.management_uri}/api/overview", timeout=PATIENCE_SECONDS, trust_env=False
    )
    assert answer.status_code == 200


def test_the_management_api_gives_and_shows_rights(broker: Broker) -> None:
    address = f"{broker.management_uri}/api"
    with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False) as api:
        api.put("/users/d1", json={"password": "p", "tags": ""}).raise_for_status()
        rights = {"configure": "^$", "write": "^$", "read": "^q$"}
        api.put("/permissions/%2F/d1", json=rights).raise_for_status()
        assert api.get("/permissions/%2F/d1").json()["read"] == "^q$"


def test_nobody_beyond_this_machine_can_connect(broker: Broker) -> None:
    ports = [f"{port:04X}" for port in broker.identity.ports]
    listening = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()]
    ours = [row[1] for row in listening if row[1][-4:] in ports and row[3] == "0A"]
    assert len(ours) == 4
    assert all(address.startswith("0100007F") for address in ours)


def test_the_port_mapper_is_the_brokers_own_and_goes_with_it(broker: Broker) -> None:
    assert has_a_mapper(broker)
    broker.kill()
    assert not has_a_mapper(broker)
    broker.start()
    broker.stop()
    assert not has_a_mapper(broker)


def test_a_folder_of_a_release_without_a_port_mapper_starts_as_before(broker: Broker) -> None:
    broker.stop()
    kept = json.loads(broker.identity_file.read_text(encoding="utf-8"))
    del kept["mapper_port"]
    broker.identity_file.write_text(json.dumps(kept), encoding="utf-8")
    broker.start()
    assert broker.identity.node == kept["node"]
    assert has_a_mapper(broker)


def test_a_taken_port_is_replaced_and_the_name_is_kept(tmp_path: Path) -> None:
    broker = broker_in(tmp_path / "broker")
    broker.start()
    try:
        broker.stop()
        before = broker.identity
        with stranger_on(before.amqp_port):
            broker.start()
        assert broker.identity.amqp_port != before.amqp_port
        assert broker.identity.node == before.node
    finally:
        broker.kill()


def test_a_broker_lives_at_a_path_with_a_space_and_chinese(tmp_path: Path) -> None:
    broker = broker_in(tmp_path / "哨报 of mine" / "broker")
    broker.start()
    try:
        assert (
            httpx.get(f"{broker.management_uri}/api/overview", trust_env=False).status_code == 200
        )
    finally:
        broker.stop()
    assert not PlainNames(broker.folder / "plain_names").record.exists()


def test_queues_come_along_where_the_folder_is_moved_copied_and_moved_to_an_odd_path(
    tmp_path: Path,
) -> None:
    """Each quorum queue remembers an absolute path; see `quorum_paths`."""
    first = broker_in(tmp_path / "first" / "broker")
    first.start()
    with channel(first) as opened:
        opened.queue_declare(
            QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
    put(first, "along")
    first.stop()

    moved = broker_in((tmp_path / "first").rename(tmp_path / "moved to 中文") / "broker")
    moved.start()
    moved.stop()
    copy = broker_in(Path(shutil.copytree(moved.folder, tmp_path / "copy" / "broker")))
    try:
        moved.start()  # once more: the link to an odd path is another one each time
        copy.start()
        assert take(copy) == "along"
        put(copy, "of the copy")
        assert take(moved) == "along"
        assert take(moved) is None
        assert take(copy) == "of the copy"
    finally:
        for each in (moved, copy):
            each.kill()
    assert not (tmp_path / "first").exists()


def test_a_broker_that_cannot_start_says_where_its_words_are(tmp_path: Path) -> None:
    broker = broker_in(tmp_path / "broker")
    program = tmp_path / "rabbitmq-server"
    program.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    program.chmod(0o755)
    names = PlainNames(tmp_path / "names")
    path = locate(broker.packages, names, path=os.environ["PATH"]).environment["PATH"]
    with pytest.raises(Unprepared, match=r"output\.log"):
        broker.start_with(RabbitmqProgram(scripts=tmp_path, environment={"PATH": path}))
    assert not broker.running
    assert not broker.mapper.running
