"""The services' own wirings on an installation's stores, for a command that does their work."""

from collections.abc import Mapping, Sequence

from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.ports import LogReader
from services.common.following.batches import Consumer
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Documents
from services.common.following.processor import Processor
from services.common.following.projecting import Projector
from services.common.messaging.declare import declaring
from services.common.messaging.departments import DepartmentLine
from services.common.messaging.publisher import AmqpPublisher
from services.common.running.business_time import skew_of
from services.common.running.composing import composed_desk
from services.common.vault.master_keys import MasterKeys
from services.dispatch import wiring as dispatch
from services.escalation import wiring as escalation
from services.intake import wiring as intake
from services.metrics import wiring as metrics
from services.operating.reach import Reach


def consumers_of(reach: Reach, service: str, documents: Documents) -> Sequence[Consumer]:
    """Return every consumer of `service`; nothing is connected yet.

    Its read models are kept in `documents`.

    Raises:
        Unprepared: The service needs the master key or the broker, and nobody says where it is.
    """
    match service:
        case "intake":
            return intake.consumers(_desk(reach, service, documents))
        case "dispatch":
            return dispatch.consumers(_desk(reach, service, documents))
        case "escalation":
            return escalation.consumers(_desk(reach, service, documents), _line(reach))
        case _:
            return metrics.consumers(documents)


def projectors_of(reach: Reach, service: str, documents: Documents) -> list[Projector]:
    """Return the consumers of `service` that keep a read model. Raises like `consumers_of`."""
    found = consumers_of(reach, service, documents)
    return [each for each in found if isinstance(each, Projector)]


def processors_of_service(reach: Reach, service: str) -> Mapping[str, Processor]:
    """Return the processors of `service` as its process has them, by the names of their consumers.

    Made here, without what turns them in a process: that greets a person with a library's warning.
    Raises like `consumers_of`.
    """
    view = reach.stores.view(service)
    logs: dict[str, LogReader] = dict(reach.stores.readers())
    cursors, chart = MongoCursors(view), LiveChart(logs["dispatch"])
    return {
        each.name: Processor(each, logs=logs, cursors=cursors, observers=(chart.observe,))
        for each in consumers_of(reach, service, MongoDocuments(view))
    }


def _desk(reach: Reach, service: str, documents: Documents) -> Desk:
    stores = reach.stores
    master = MasterKeys.read(reach.master_key_file)
    log = MongoLog(service, stores.log(service), skew_of(reach.settings))
    return composed_desk(reach.settings, master, stores, log, documents)


def _line(reach: Reach) -> DepartmentLine:
    publisher = AmqpPublisher(reach.amqp_uri, declare=declaring("escalation"))
    reach.at_the_end.callback(publisher.close)
    return DepartmentLine(publisher)
