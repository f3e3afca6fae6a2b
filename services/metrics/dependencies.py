"""What metrics' process is built of: adapters from settings. It reads logs only, no texts."""

from collections.abc import Mapping
from typing import Any

import eventlet

from services.common.config import MetricsSettings
from services.common.eventlog.charts import LiveChart
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
    consumers = wiring.consumers(documents)
    followers = upkeep_of("metrics", stores, consumers, chart)
    leadership = followers.leadership
    books = Books(
        logs=logs,
        documents=documents,
        chart=chart,
        clock=clock,
        cursors=followers.processors.cursors,
        pause=lambda: eventlet.sleep(0),
    )
    collector = FigureCollector(leadership)
    metrics.registry.register(collector)
    return {
        "books": books,
        "rung": followers.rung,
        "vitals": vitals_of(stores, chart, metrics),
        "tasks": (
            *followers.tasks(chart, metrics),
            Leased(FigureExport(books, leadership, collector), leadership),
        ),
    }
