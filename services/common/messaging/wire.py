"""Connections to the broker that never wait for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.exceptions import KombuError

from services.common.errors import Transient

#: What the client libraries raise when the broker is away, frozen, or refuses the channel.
BROKER_ERRORS: Final = (AMQPError, KombuError, OSError)


class BrokerAway(Transient):
    """The broker is away, frozen or refused the connection. Nothing counts as sent: send again."""


def opened(uri: str, timeout_seconds: float, heartbeat_seconds: int = 0) -> Any:
    """Return an open amqp connection on which no call blocks longer than `timeout_seconds`.

    A frozen broker or a memory alarm would otherwise block for ever (each wait of the library is
    bounded, also a write into a full socket buffer). Kombu reads the address and picks the
    transport; its own connection is left aside, since it reconnects on its own, in its own time.

    Raises:
        BROKER_ERRORS: No connection.
    """
    client: Any = Connection(  # type: ignore[no-untyped-call]
        uri, connect_timeout=timeout_seconds, heartbeat=heartbeat_seconds
    )
    connection = client.transport.establish_connection()
    connection.transport.sock.settimeout(timeout_seconds)
    return connection


def hang_up(connection: Any) -> None:
    """Close the socket without a word: a farewell to a frozen broker would block."""
    connection.collect()


@contextmanager
def channel_to(uri: str, timeout_seconds: float = 5.0) -> Iterator[Any]:
    """Give a channel for a few commands.

    Raises:
        BrokerAway: The broker is away, or refused a command.
    """
    try:
        connection = opened(uri, timeout_seconds)
        try:
            yield connection.channel()
            connection.close()
        finally:
            hang_up(connection)
    except BROKER_ERRORS as error:
        raise BrokerAway(why=repr(error)) from error
