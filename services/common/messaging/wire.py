"""Connections to the broker that never wait for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from amqp.exceptions import AMQPError, RecoverableConnectionError, UnexpectedFrame
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.transport import pyamqp

from services.common.errors import Transient

#: What the client libraries raise when the broker is away, frozen, or refuses the channel.
BROKER_ERRORS: Final = (AMQPError, KombuError, OSError)


class BrokerAway(Transient):
    """The broker is away, frozen or refused the connection. Nothing counts as sent: send again."""


class _OwnedConnection(pyamqp.Connection):
    """A connection that opens one socket, once, and closes it however it ends.

    The library hangs up after an OSError alone. After any other fault of the handshake (a refusal
    of its own, a stranger's frames, the death of a greenlet) the open socket would lie in a cycle
    of objects until the garbage collector passes, in the midst of something else.
    """

    def connect(self, callback: Any = None) -> Any:
        """Connect as the library does.

        Raises:
            BROKER_ERRORS: No connection, or what answers there speaks no AMQP.
        """
        try:
            return super().connect(callback)
        except BROKER_ERRORS:
            self.collect()
            raise
        except Exception as error:  # the library stumbles over a stranger's bytes
            self.collect()
            raise UnexpectedFrame(f"no broker answers there: {error!r}") from error
        except BaseException:
            self.collect()
            raise

    def _warn_force_connect(self, attr: str) -> None:
        """Refuse where the library would open another socket: who was hung up stays so."""
        raise RecoverableConnectionError(f"hung up already: no {attr}")


def opened(uri: str, timeout_seconds: float, heartbeat_seconds: int = 0) -> Any:
    """Return an open amqp connection on which no call blocks longer than `timeout_seconds`.

    A frozen broker or a memory alarm would otherwise block for ever (each wait of the library is
    bounded, also a write into a full socket buffer). Kombu reads the address and picks the
    transport; its own connection is left aside, since it reconnects on its own, in its own time.
    Whoever opens hangs up: `connected` does both.

    Raises:
        BROKER_ERRORS: No connection, and no socket left open.
    """
    client: Any = Connection(  # type: ignore[no-untyped-call]
        uri, connect_timeout=timeout_seconds, heartbeat=heartbeat_seconds
    )
    client.transport.Connection = _OwnedConnection
    connection = client.transport.establish_connection()
    connection.transport.sock.settimeout(timeout_seconds)
    return connection


def hang_up(connection: Any) -> None:
    """Close the socket without a word: a farewell to a frozen broker would block."""
    connection.collect()


@contextmanager
def connected(uri: str, timeout_seconds: float = 5.0, heartbeat_seconds: int = 0) -> Iterator[Any]:
    """Give an open connection. It is closed in order, and hung up after whatever went wrong.

    Raises:
        BROKER_ERRORS: No connection, or it ended badly.
    """
    connection = opened(uri, timeout_seconds, heartbeat_seconds)
    try:
        yield connection
        connection.close()
    finally:
        hang_up(connection)


@contextmanager
def channel_to(uri: str, timeout_seconds: float = 5.0) -> Iterator[Any]:
    """Give a channel for a few commands.

    Raises:
        BrokerAway: The broker is away, or refused a command.
    """
    try:
        with connected(uri, timeout_seconds) as connection:
            yield connection.channel()
    except BROKER_ERRORS as error:
        raise BrokerAway(why=repr(error)) from error
