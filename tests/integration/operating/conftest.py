"""One story, played once in memory; each test that asks gets it on stores of its own."""

import base64
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from services.common.eventlog.mongo import client
from services.common.following.processor import Processor
from services.common.messaging.declare import declare_at
from services.common.running.stores import Stores
from services.operating.broker.management import Management
from services.terminal.console import console
from tests.integration.common.messaging.conftest import broker, bus, management_uri
from tests.integration.operating.replicas import CONSUMER, metrics_of, rest
from tests.support.playing import play, troupe_of
from tests.support.stored_story import StoredStory
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.world import World

__all__ = ["broker", "bus", "management_uri"]  # fixtures of the bus, here too


@pytest.fixture(autouse=True)
def wide_terminal() -> Iterator[None]:
    """A terminal on which no table is cut."""
    before = console.width
    console.width = 400
    yield
    console.width = before


@pytest.fixture(scope="session")
def played() -> World:
    """The whole story of Tongzhou, at its end."""
    world = World()
    play(world, troupe_of(world))
    return world


@pytest.fixture
def stores(mongodb_uri: str) -> Iterator[Stores]:
    """Empty databases under a prefix of their own, dropped afterwards."""
    prefix = f"cli_{uuid.uuid4().hex[:8]}_"
    with client(mongodb_uri) as connected:
        yield Stores(connected, prefix)
        for name in connected.list_database_names():
            if name.startswith(prefix):
                connected.drop_database(name)


@pytest.fixture
def story(played: World, stores: Stores) -> StoredStory:
    """The story, not a commit of it written yet."""
    return StoredStory(played, stores)


@pytest.fixture
def named(
    stores: Stores, mongodb_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stores:
    """The environment of an operator in a container: everything is named, nothing lies about."""
    for name in ("AMQP_URI", "AMQP_MANAGEMENT_URI", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    key = tmp_path / "master.key"
    key.write_text(f"test {base64.b64encode(os.urandom(32)).decode()}\n", encoding="utf-8")
    monkeypatch.setenv("SHAOBAO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("DATABASE_PREFIX", stores.prefix)
    monkeypatch.setenv("MASTER_KEY_FILE", str(key))
    return stores


@pytest.fixture
def vhost(
    named: Stores, amqp_uri: str, management_uri: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An AMQP URI of a virtual host with the whole topology, named to commands."""
    name = named.prefix.strip("_")
    uri = urlunsplit(urlsplit(amqp_uri)._replace(path=f"/{name}"))
    with Management(management_uri, name, PATIENCE_SECONDS) as management:
        management.put("vhosts", name, body={})
        declare_at(uri)
        monkeypatch.setenv("AMQP_URI", uri)
        yield uri
        management.delete("vhosts", name)


@pytest.fixture
def parked(story: StoredStory, named: Stores) -> tuple[Processor, str]:
    """A consumer at the end of its logs that met a commit it can't read, mended since."""
    for _ in story.write(60):
        pass
    commits = named.log("intake")["commits"]
    whole = commits.find_one({"version": 1})
    assert whole is not None
    processor = metrics_of(named).named(CONSUMER)
    commits.update_one({"_id": whole["_id"]}, {"$set": {"body": "no JSON"}})
    rest(processor)
    commits.replace_one({"_id": whole["_id"]}, whole)
    return processor, str(whole["stream"])
