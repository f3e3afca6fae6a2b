"""A vhost of its own for every test that talks to the broker."""

import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from services.common.messaging.declare import declare_at
from services.common.messaging.management import Management
from tests.integration.common.messaging.broker import Broker


@pytest.fixture(scope="session")
def management_uri() -> str:
    """The management address belonging to AMQP_URI: given, or the port 10000 above."""
    uri = os.environ.get("AMQP_URI")
    if uri is None:
        if os.environ.get("CI"):
            pytest.fail("AMQP_URI must name a broker in CI")
        pytest.skip("AMQP_URI names no broker")
    parts = urlsplit(uri)
    user = f"{parts.username}:{parts.password}@"
    return os.environ.get(
        "AMQP_MANAGEMENT_URI", f"http://{user}{parts.hostname}:{(parts.port or 5672) + 10000}"
    )


@pytest.fixture
def broker(management_uri: str) -> Iterator[Broker]:
    """An empty vhost, removed afterwards."""
    vhost = f"messaging-{uuid.uuid4().hex[:12]}"
    parts = urlsplit(os.environ["AMQP_URI"])
    management = Management(management_uri, vhost)
    with httpx.Client(base_url=management_uri) as client:
        client.put(f"/api/vhosts/{vhost}").raise_for_status()
        found = Broker(urlunsplit(parts._replace(path=f"/{vhost}")), management)
        yield found
        found.forget_users(client)
        client.delete(f"/api/vhosts/{vhost}").raise_for_status()
    management.close()


@pytest.fixture
def bus(broker: Broker) -> Broker:
    """A vhost with the whole topology declared."""
    declare_at(broker.uri)
    return broker
