"""Whatever ends an attempt to connect, its socket is closed at once, without the collector's help.

Left open in a cycle of objects it would hold a descriptor for a while, and be told of in the midst
of something else.
"""

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from services.common.messaging.publisher import AmqpPublisher, Letter
from services.common.messaging.wire import (
    BROKER_ERRORS,
    BrokerAway,
    channel_to,
    connected,
    hang_up,
    opened,
)
from tests.integration.common.messaging.broker import Broker
from tests.support.half_brokers import (
    CLOSE,
    OPENED,
    TUNE,
    Ending,
    frame,
    half_broker,
    method,
    start,
)
from tests.support.unclosed import open_now

TIMEOUT_SECONDS = 0.3
FAULTS = {
    "says nothing": ([], Ending.SILENCE),
    "hangs up": ([], Ending.HANG_UP),
    "resets the connection": ([], Ending.RESET),
    "speaks HTTP": ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], Ending.SILENCE),
    "speaks another AMQP": ([b"AMQP\x00\x01\x00\x00"], Ending.HANG_UP),
    "ends a frame as none ends": ([start()[:-1] + b"x"], Ending.SILENCE),
    "sends a body first": ([frame(3, b"body")], Ending.SILENCE),
    "sends half a method": ([frame(1, b"\x00")], Ending.SILENCE),
    "sends half of its arguments": ([start()[:20]], Ending.HANG_UP),
    "sends an unknown method": ([method((99, 99), "")], Ending.SILENCE),
    "starts on an unknown channel": ([start(channel=7)], Ending.SILENCE),
    "offers no way to log in that we know": ([start("KERBEROS")], Ending.SILENCE),
    "refuses after the login": ([start(), CLOSE], Ending.SILENCE),
    "refuses and resets": ([start(), CLOSE], Ending.RESET),
    "freezes after the login": ([start()], Ending.SILENCE),
    "dies after the login": ([start()], Ending.HANG_UP),
    "freezes after the tuning": ([start(), TUNE], Ending.SILENCE),
    "dies after the tuning": ([start(), TUNE], Ending.RESET),
    "refuses after the tuning": ([start(), TUNE, CLOSE], Ending.SILENCE),
    "freezes when it is open": ([start(), TUNE, OPENED], Ending.SILENCE),
    "dies when it is open": ([start(), TUNE, OPENED], Ending.HANG_UP),
    "refuses when it is open": ([start(), TUNE, OPENED + CLOSE], Ending.SILENCE),
}


def one_channel(uri: str) -> None:
    """Ask for a channel, as declaring and looking do."""
    with channel_to(uri, TIMEOUT_SECONDS):
        pass


def one_batch(uri: str) -> None:
    """Publish, as the relay does."""
    AmqpPublisher(uri, timeout_seconds=TIMEOUT_SECONDS).publish([Letter("", "X", "m-1", b"")])


class Killed(BaseException):
    """As a greenlet or a process is ended from outside."""


@contextmanager
def killing() -> Iterator[Callable[[], None]]:
    """Give what ends the main thread's present wait, whatever it waits for."""

    def die(_number: int, _frame: FrameType | None) -> None:
        raise Killed

    main_thread = threading.get_ident()
    previous = signal.signal(signal.SIGUSR1, die)
    try:
        yield lambda: signal.pthread_kill(main_thread, signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, previous)


@pytest.fixture(autouse=True)
def collector_stopped() -> Iterator[None]:
    """Nobody collects garbage for us."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("attempt", [one_channel, one_batch])
@pytest.mark.parametrize("fault", FAULTS)
def test_one_that_fails_half_way_is_away_and_leaves_nothing_open(
    fault: str, attempt: Callable[[str], None]
) -> None:
    before = open_now()
    with half_broker(*FAULTS[fault]) as uri, pytest.raises(BrokerAway):
        attempt(uri)
    assert open_now() == before


@pytest.mark.parametrize("words", [[], [start()], [start(), TUNE]])
def test_one_who_is_killed_while_connecting_leaves_nothing_open(words: list[bytes]) -> None:
    before = open_now()
    with killing() as kill, half_broker(words, called=kill) as uri, pytest.raises(Killed):
        opened(uri, 60)
    assert open_now() == before


def test_an_error_of_the_caller_s_goes_through_and_leaves_nothing_open() -> None:
    before = open_now()
    with (
        half_broker([start(), TUNE, OPENED]) as uri,
        pytest.raises(ZeroDivisionError),
        connected(uri, TIMEOUT_SECONDS),
    ):
        raise ZeroDivisionError
    assert open_now() == before


def test_who_was_hung_up_never_connects_again_by_itself() -> None:
    with half_broker([start(), TUNE, OPENED]) as uri:
        connection = opened(uri, TIMEOUT_SECONDS)
        hang_up(connection)
        before = open_now()
        with pytest.raises(BROKER_ERRORS, match="hung up"):
            connection.drain_events(timeout=TIMEOUT_SECONDS)
        assert open_now() <= before
        connection.close()
        hang_up(connection)


@pytest.mark.parametrize("attempt", [one_channel, one_batch])
def test_a_broker_that_refuses_the_login_or_the_vhost_leaves_nothing_open(
    broker: Broker, attempt: Callable[[str], None]
) -> None:
    before = open_now()
    for refused in (broker.uri_of("nobody", "secret"), f"{broker.uri}-that-is-not-there"):
        with pytest.raises(BrokerAway):
            attempt(refused)
    assert open_now() == before
