"""A vhost of its own for every test that talks to the broker."""

import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from services.common.messaging.declare import declare_at
from services.operating.broker.management import Management
from tests.integration.common.messaging.broker import Broker
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="session")
def management_uri(amqp_uri: str) -> str:
    """The management address of the run's broker: the one named, or the port 10000 above AMQP."""
    parts = urlsplit(amqp_uri)
    user = f"{parts.username}:{parts.password}@"
    beside = f"http://{user}{parts.hostname}:{(parts.port or 5672) + 10000}"
    return os.environ.get("AMQP_MANAGEMENT_URI", beside)


@pytest.fixture
def broker(amqp_uri: str, management_uri: str) -> Iterator[Broker]:
    """An empty vhost, removed afterwards."""
    vhost = f"messaging-{uuid.uuid4().hex[:12]}"
    uri = urlunsplit(urlsplit(amqp_uri)._replace(path=f"/{vhost}"))
    with Management(management_uri, vhost, PATIENCE_SECONDS) as management:
        management.put("vhosts", vhost, body={})
        found = Broker(uri, management)
        yield found
        for user in found.users:
            management.delete("users", user)
        management.delete("vhosts", vhost)


@pytest.fixture
def bus(broker: Broker) -> Broker:
    """A vhost with the whole topology declared."""
    declare_at(broker.uri)
    return broker
