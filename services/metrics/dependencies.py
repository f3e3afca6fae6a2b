"""What metrics' process is built of: adapters from settings. It reads logs only, no texts."""

from collections.abc import Mapping
from typing import Any

import eventlet

from services.common.config import MetricsSettings
from services.common.eventlog.charts import LiveChart
from services.common.following.followed_log import FollowedLog
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.observability.metrics import PlatformMetrics
from services.common.running.business_time import clock_of
from services.common.running.desks import make_indexes, vitals_of
from services.common.running.stores import stores_of
from services.common.running.tasks import upkeep_of
from services.common.work.tasks import Leased
from services.metrics import wiring
from services.metrics.books import Books
from services.metrics.exporter import FigureCollector, FigureExport
from services.metrics.moves import MovedRecords, WatchedCursors
from services.metrics.present_month import Followed


def build(settings: MetricsSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Return the parts of the process.

    Raises:
        AnotherClock: The installation has another clock than the settings say.
        StoreAway: The database is not there yet: call again.
    """
    stores = stores_of(settings)
    clock = clock_of(settings, stores)
    logs = stores.readers()
    chart = LiveChart(logs["dispatch"])
    documents = MongoDocuments(stores.view("metrics"))
    make_indexes(stores, "metrics", {each.name: each.indexed for each in wiring.READ_MODELS})
    moved, cursors = MovedRecords(documents), WatchedCursors(MongoCursors(stores.view("metrics")))
    consumers = wiring.consumers(moved)
    upkeep = upkeep_of("metrics", stores, consumers, chart, cursors)
    leadership = upkeep.leadership
    books = Books(
        logs=logs,
        documents=documents,
        chart=chart,
        clock=clock,
        cursors=cursors,
        pause=lambda: eventlet.sleep(0),
    )
    collector = FigureCollector(leadership)
    metrics.registry.register(collector)
    followed = Followed(moved, cursors, lambda: _heads(upkeep.bell.logs))
    export = FigureExport(books, followed, leadership, collector)
    return {
        "books": books,
        "ear": upkeep,
        "vitals": vitals_of(stores, chart, metrics),
        "tasks": (
            *upkeep.tasks(chart, metrics),
            Leased(export, leadership, export.forget),
        ),
    }


def _heads(logs: Mapping[str, FollowedLog]) -> Mapping[str, int]:
    return {name: log.announced_head() for name, log in logs.items()}
