"""The databases of an installation, and what each process keeps in them.

`log_<service>`, `view_<service>`, `vault_<service>`, `keys`, `clock`; each with the installation's
prefix, so that several can share a server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pymongo import MongoClient, timeout
from pymongo.database import Database

from services.common.config import StoreSettings
from services.common.contracts.streams import LOGS
from services.common.eventlog.mongo import Row, client, rebuildable
from services.common.eventlog.mongo_log import MongoLogReader
from services.common.work.lease import MongoLease

#: How long readiness waits for the database; whoever asks gives up after two seconds or so.
READY_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Stores:
    """A client and the names of the databases."""

    client: MongoClient[Row]
    prefix: str = ""

    def log(self, service: str) -> Database[Row]:
        """Return the database of a service's log."""
        return self.client[f"{self.prefix}log_{service}"]

    def view(self, service: str) -> Database[Row]:
        """Return the database of a service's read models and cursors."""
        return self.client[f"{self.prefix}view_{service}"]

    def clock(self) -> Database[Row]:
        """Return the database that holds the business time of a demo or a simulation."""
        return self.client[f"{self.prefix}clock"]

    def readers(self) -> Mapping[str, MongoLogReader]:
        """Return every log as everybody may read it."""
        return {service: MongoLogReader(service, self.log(service)) for service in LOGS}

    def lease(self, service: str, name: str) -> MongoLease:
        """Return this process's contender for a lease of its service."""
        return MongoLease(rebuildable(self.view(service), "leases"), name)

    def answers(self) -> str | None:
        """Return None if the database answers: a readiness check that itself gives up."""
        with timeout(READY_SECONDS):
            self.client.admin.command("ping")
        return None


def stores_of(settings: StoreSettings) -> Stores:
    """Return the stores that `settings` name; nothing is connected yet."""
    return Stores(client(settings.mongodb_uri), settings.database_prefix)
