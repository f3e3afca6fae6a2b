"""The definitions are what a real broker understands."""

import httpx

from services.common.messaging.apply import Plan
from services.common.messaging.definitions import bus_definitions
from tests.integration.common.messaging.broker import Broker
from tests.support.waiting import PATIENCE_SECONDS


def test_importing_the_definitions_leaves_apply_nothing_to_do(
    broker: Broker, management_uri: str
) -> None:
    found = bus_definitions(broker.management.vhost)

    with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        client.post(f"{management_uri}/api/definitions", json=found).raise_for_status()

    assert broker.brought_to(Plan()) == ()
    queues = broker.management.get("queues", broker.management.vhost)
    assert len(queues) == len(found["queues"])
