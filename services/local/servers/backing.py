"""The broker and the database that the services lean on: private ones, or those named by URIs."""

import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.local.servers.packages import Packages
from services.terminal.environment import Environment
from services.terminal.unprepared import Unprepared

BROKER_PORTS = (5690, 25690, 15690, 4390)  #: AMQP, distribution, management, port mapper
DATABASE_PORT = 27190
AMQP_PORTS = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services find their servers. Both hold passwords."""

    amqp_uri: str
    mongodb_uri: str
    management_uri: str | None  #: None when only AMQP_URI was named


@dataclass(frozen=True, slots=True)
class BackingServers:
    """Starts what is ours, checks what is named, leaves alone what isn't ours."""

    environment: Environment

    @property
    def broker(self) -> Broker | None:
        """The private broker; None when AMQP_URI names one."""
        if self.environment.amqp_uri is not None:
            return None
        return Broker(
            folder=self.environment.state_folder / "broker",
            packages=self._packages,
            preferred_ports=BROKER_PORTS,
            private_program=self.environment.private_packages,
        )

    @property
    def database(self) -> Database | None:
        """The private database; None when MONGODB_URI names one."""
        if self.environment.mongodb_uri is not None:
            return None
        return Database(
            folder=self.environment.state_folder / "database",
            packages=self._packages,
            preferred_port=DATABASE_PORT,
        )

    @property
    def _packages(self) -> Packages:
        return Packages(self.environment.state_folder / "packages")

    def start_broker(self) -> None:
        """Return when it takes connections.

        Raises:
            Unprepared: It can't be had, or the one named in AMQP_URI doesn't answer.
        """
        if self.broker is not None:
            self.broker.start()
        else:
            _check_broker(str(self.environment.amqp_uri))

    def start_database(self) -> None:
        """Return when it takes writes.

        Raises:
            Unprepared: It can't be had, or the one named in MONGODB_URI doesn't answer.
        """
        if self.database is not None:
            self.database.start()
        else:
            _check_database(str(self.environment.mongodb_uri))

    def addresses(self) -> Addresses:
        """Where both are, once started."""
        broker, database = self.broker, self.database
        return Addresses(
            amqp_uri=broker.uri if broker else str(self.environment.amqp_uri),
            mongodb_uri=database.uri if database else str(self.environment.mongodb_uri),
            management_uri=broker.management_uri if broker else self.environment.management_uri,
        )

    def stop(self) -> None:
        """Stop what is ours, in order; the data stay."""
        for server in (self.broker, self.database):
            if server is not None:
                server.stop()

    def wipe(self) -> None:
        """Kill what is ours and delete its data."""
        for server in (self.broker, self.database):
            if server is not None:
                server.wipe()


def _check_broker(uri: str) -> None:
    parts = urlsplit(uri)
    try:
        at = (parts.hostname or "localhost", parts.port or AMQP_PORTS.get(parts.scheme, 5672))
        socket.create_connection(at, timeout=5).close()
    except (OSError, ValueError) as fault:
        raise Unprepared(
            en="The broker named in AMQP_URI doesn't answer: start it, correct the address, or "
            "unset AMQP_URI to get a private one.",
            zh="AMQP_URI 指定的消息服务器没有响应：请启动它、改正地址，或取消该变量。",
        ) from fault


def _check_database(uri: str) -> None:
    client: MongoClient[dict[str, Any]]
    try:
        with MongoClient(uri, serverSelectionTimeoutMS=5000) as client:
            hello = client.admin.command("hello")
    except (PyMongoError, ValueError) as fault:
        raise Unprepared(
            en="The database named in MONGODB_URI doesn't answer: start it, correct the address, "
            "or unset MONGODB_URI to get a private one.",
            zh="MONGODB_URI 指定的数据库没有响应：请启动它、改正地址，或取消该变量。",
        ) from fault
    if "setName" not in hello:
        raise Unprepared(
            en="The database named in MONGODB_URI is no replica set, and transactions need one: "
            "start it with --replSet.",
            zh="MONGODB_URI 指定的数据库不是副本集，而事务需要副本集：请用 --replSet 启动。",
        )
