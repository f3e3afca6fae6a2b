"""The desk of a command service on real stores, and what its process makes to go with it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.common.config import ServedSettings
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.known import Known
from services.common.eventlog.mongo_checkpoints import MongoCheckpoints
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.common.following.mongo_documents import MongoDocuments
from services.common.http.health import Vitals
from services.common.observability.metrics import PlatformMetrics
from services.common.running.appended_log import AppendedLog
from services.common.running.business_time import skew_of
from services.common.running.composing import composed_desk
from services.common.running.stores import Stores
from services.common.vault.master_keys import MasterKeys
from services.common.vault.mongo import MongoTextRows


def desk_of(
    settings: ServedSettings, master: MasterKeys, service: str, stores: Stores,
    metrics: PlatformMetrics, aggregates: Iterable[Aggregate[Any]],
) -> tuple[Desk, AppendedLog]:  # fmt: skip
    """Return the desk of `service` for its process, and its log; indexes are made.

    The chart may still be empty. `aggregates`: the rules of its streams; long ones get checkpoints.

    Raises:
        AnotherClock: The installation has another clock than `settings` say.
        StoreAway: The database is not there yet.
    """
    log = AppendedLog(MongoLog(service, stores.log(service), skew_of(settings)), metrics)
    documents = MongoDocuments(stores.view(service))
    known = Known(checkpoints=MongoCheckpoints(stores.view(service)), aggregates=aggregates)
    desk = composed_desk(
        settings, master, stores, log, documents, known
    )  # writes nothing: see AnotherClock
    create_indexes(stores.log(service))
    MongoTextRows(stores.client, service, stores.prefix).prepare()
    return desk, log


def make_indexes(
    stores: Stores, service: str, indexes: Mapping[str, Iterable[Sequence[str]]]
) -> None:
    """Make the indexes of a service's read models (model -> the sequences of fields)."""
    documents = MongoDocuments(stores.view(service))
    for model, indexed in indexes.items():
        documents.create_indexes(model, indexed)


def vitals_of(stores: Stores, chart: LiveChart, metrics: PlatformMetrics) -> Vitals:
    """Return what a process shows of itself."""
    checks = {
        "database": stores.answers,
        "registry": lambda: None if chart.ready else "no registry has been adopted yet",
    }
    return Vitals(metrics.registry, checks)
