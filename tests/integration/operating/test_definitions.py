"""The definitions are what a real broker understands."""

import httpx
import pytest

from services.operating.broker.apply import Plan
from services.operating.broker.definitions import bus_definitions
from services.operating.broker.management import Management
from tests.integration.common.messaging.broker import Broker
from tests.support.waiting import PATIENCE_SECONDS


def test_the_management_api_is_asked_without_the_proxy_of_the_environment(
    broker: Broker, management_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Management(management_uri, broker.management.vhost, PATIENCE_SECONDS) as management:
        assert management.get("vhosts", management.vhost)["name"] == management.vhost


def test_importing_the_definitions_leaves_apply_nothing_to_do(
    broker: Broker, management_uri: str
) -> None:
    found = bus_definitions(broker.management.vhost)

    with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        client.post(f"{management_uri}/api/definitions", json=found).raise_for_status()

    assert broker.brought_to(Plan()) == ()
    queues = broker.management.get("queues", broker.management.vhost)
    assert len(queues) == len(found["queues"])
