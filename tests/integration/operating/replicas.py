"""A replica of metrics on stored logs, and commands that see what it left."""

from typing import Final

from typer.testing import CliRunner

from services.cli import app as entry
from services.common.errors import Transient
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.processor import Processor
from services.common.following.processors import Processors, processors_of
from services.common.running.stores import Stores
from services.metrics import wiring
from services.terminal.unprepared import Unprepared

#: One that joins several streams in a document: what hangs on a parked one waits with it.
CONSUMER: Final = "metrics.request_records"


def metrics_of(stores: Stores) -> Processors:
    """Return the processors of one replica, each where its saved cursor stands."""
    view = stores.view("metrics")
    logs: dict[str, LogReader] = dict(stores.readers())
    return processors_of(
        wiring.consumers(MongoDocuments(view)),
        logs=logs,
        cursors=MongoCursors(view),
        observers=(LiveChart(logs["dispatch"]).observe,),
    )


def rest(processor: Processor) -> None:
    """Turn until there is nothing to tell; a turn in which others were faster is taken again."""
    moved = 1
    while moved:
        try:
            moved = processor.turn()
        except Transient:
            moved = 1


def said(*words: str, typed: str = "") -> str:
    """Return what a command says; trouble that it reports is no failure here."""
    done = CliRunner().invoke(entry.app, list(words), input=typed)
    if isinstance(done.exception, Unprepared):
        raise done.exception
    assert done.exit_code in (0, 1), done.output
    return done.output
