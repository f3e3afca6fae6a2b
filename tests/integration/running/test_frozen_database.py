"""A database that answers nothing, and a queue full of replies: the process tells how it is."""

import json

import httpx
from amqp import Message

from services.common.messaging.topology import DEPARTMENT_REPLIES, REPLIES_QUEUE
from services.common.messaging.wire import channel_to
from tests.integration.running.test_start_and_stop import running
from tests.support.installation import Installation
from tests.support.waiting import eventually

REPLIES = 48
IN_FLIGHT = 16  #: what escalation takes at one time, as many as it has workers
PATIENCE_SECONDS = 5.0  #: of whoever asks how it is; below the driver's own patience


def send_replies(installation: Installation) -> None:
    """Let a department reply to one call, again and again."""
    data = json.dumps({"call": "c-1"})
    with channel_to(installation.broker.uri) as channel:
        for number in range(REPLIES):
            reply = Message(data, message_id=f"m-{number}", delivery_mode=2)
            channel.basic_publish(reply, DEPARTMENT_REPLIES, "dept-market.received")


def waiting(installation: Installation) -> int:
    """Return how many replies nobody has taken yet."""
    with channel_to(installation.broker.uri) as channel:
        found: int = channel.queue_declare(REPLIES_QUEUE, passive=True).message_count
        return found


def test_while_replies_wait_for_a_frozen_database_it_lives_is_measured_and_is_not_ready(
    laid_out: Installation,
) -> None:
    with running(laid_out, "dispatch", "escalation"):
        address = laid_out.services["escalation"].address
        with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            laid_out.database.pause()
            try:
                send_replies(laid_out)
                eventually(
                    lambda: waiting(laid_out) == REPLIES - IN_FLIGHT,
                    awaited="every worker to have a reply",
                    within_seconds=30,
                )
                for _ in range(3):
                    assert client.get("/health/live").json() == {"status": "live"}
                    assert "shaobao_consumer_connected" in client.get("/metrics").text
                    ready = client.get("/health/ready")
                    assert ready.status_code == httpx.codes.SERVICE_UNAVAILABLE
                    assert "database" in ready.json()["failing"]
            finally:
                laid_out.database.resume()
            eventually(lambda: waiting(laid_out) == 0, awaited="the replies", within_seconds=90)
            eventually(
                lambda: client.get("/health/ready").status_code == httpx.codes.OK,
                awaited="it is ready again",
                within_seconds=60,
            )
