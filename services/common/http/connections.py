"""The open connections of one listening socket: how many, from where, and their orderly end."""

from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from services.common.http.connection import Connection, LimitedServer
from services.common.http.host import ServerLimits

_ACCEPT_PAUSE_SECONDS = 0.1
_log = structlog.stdlib.get_logger(__name__)


def place_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network of 64 bits that one host is given."""
    found = ip_address(address.partition("%")[0])
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False).network_address)


class Connections:
    """Takes connections and keeps count of them.

    When all are taken, or all that one address may have, the one that has waited longest for its
    client makes room. If each has a request in flight, the newcomer is an extra one: it gets
    health and metrics, and for anything else a 503.
    """

    def __init__(self, server: LimitedServer, limits: ServerLimits) -> None:
        self._server = server
        self._limits = limits
        self._open: set[Connection] = set()
        self._from: Counter[str] = Counter()
        self._room = Semaphore(limits.connections + limits.reserve)
        self._all_gone = Event()

    def accept(self, sock: Any, spawn: Any) -> None:
        """Take connections for ever, each in a greenlet of its own from `spawn`."""
        while not self._server.is_draining():
            self._wait_for_room()
            try:
                client, address = sock.accept()
            except OSError as error:
                self._room.release()
                _log.warning("http_accept_failed", error=str(error))
                eventlet.sleep(_ACCEPT_PAUSE_SECONDS)  # out of file handles: let some close
                continue
            client.settimeout(self._limits.send_seconds)
            connection = self._taken(client, address)
            spawn(lambda taken=connection: self._serve(taken))

    def _wait_for_room(self) -> None:
        if self._room.locked():
            self._makes_room(self._open)
        self._room.acquire()

    def _taken(self, client: Any, address: Any) -> Connection:
        place = place_of(address[0])
        extra = not (self._has_room(place) or self._makes_room(self._rivals_of(place)))
        connection = Connection(client, address, place, self._server, extra=extra)
        self._open.add(connection)
        self._from[place] += 1
        return connection

    def _has_room(self, place: str) -> bool:
        below_all = len(self._open) < self._limits.connections
        return below_all and self._from[place] < self._limits.connections_per_address

    def _rivals_of(self, place: str) -> Iterable[Connection]:
        """Return whose end would make room: that of anybody's connection, or only of one's own."""
        if self._from[place] < self._limits.connections_per_address:
            return self._open
        return (each for each in self._open if each.place == place)

    def _makes_room(self, rivals: Iterable[Connection]) -> bool:
        idle = [each for each in rivals if each.waits]
        if not idle:
            return False
        idlest = min(idle, key=lambda each: each.since)
        idlest.hang_up()
        self._forget(idlest)
        return True

    def _forget(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            self._from[connection.place] -= 1
            if not self._from[connection.place]:
                del self._from[connection.place]

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        except OSError as error:
            _log.debug("http_connection_lost", error=type(error).__name__)
        except Exception:  # noqa: BLE001 - of one connection; nameko would stop the process
            _log.exception("http_connection_failed")
        finally:
            connection.request.close()
            self._room.release()
            self._forget(connection)
            self._notice_end()

    def _notice_end(self) -> None:
        if self._server.is_draining() and not self._open and not self._all_gone.ready():
            self._all_gone.send()

    def drain(self) -> None:
        """Hang up on those that ask nothing; wait, with a limit, until the others are answered."""
        self._server.begin_draining()
        for connection in list(self._open):
            if not connection.asks:
                connection.hang_up()
        self._notice_end()
        with eventlet.Timeout(self._limits.drain_seconds, False):
            self._all_gone.wait()
