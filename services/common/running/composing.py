"""A desk on real stores: the same for a service's process and for a command that does its work."""

from services.common.config import StoreSettings
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.known import Known
from services.common.eventlog.ports import EventLog, LogReader
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.ports import Documents
from services.common.running.business_time import clock_of
from services.common.running.stores import Stores
from services.common.vault.keys import Keys
from services.common.vault.master_keys import MasterKeys
from services.common.vault.mongo import MongoKeyRows, MongoTextRows
from services.common.vault.vault import Vault


def composed_desk(
    settings: StoreSettings, master: MasterKeys, stores: Stores, log: EventLog,
    documents: Documents, known: Known | None = None,
) -> Desk:  # fmt: skip
    """Return the desk of the service that owns `log`. Only the clock is asked for.

    `known`: what its process knows of the log's streams; nothing yet, without checkpoints, if
    nobody says.

    Raises:
        AnotherClock: The installation has another clock than `settings` say.
        StoreAway: The database is not there yet.
    """
    service = log.name
    logs: dict[str, LogReader] = {**stores.readers(), service: log}
    keys = Keys(MongoKeyRows(stores.client, stores.prefix), master)
    return Desk(
        service=service,
        log=log,
        logs=logs,
        clock=clock_of(settings, stores),
        chart=LiveChart(logs["dispatch"]),
        vault=Vault(service, keys, MongoTextRows(stores.client, service, stores.prefix)),
        documents=documents,
        cursors=MongoCursors(stores.view(service)),
        known=known if known is not None else Known(),
    )
