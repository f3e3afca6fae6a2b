"""What intake's process is built of: adapters from settings."""

from collections.abc import Mapping
from typing import Any

from services.common.config import IntakeSettings
from services.common.observability.metrics import PlatformMetrics
from services.common.running.desks import desk_of, make_indexes, vitals_of
from services.common.running.stores import stores_of
from services.common.running.tasks import command_tasks, upkeep_of
from services.common.vault.master_keys import MasterKeys
from services.intake import wiring


def build(settings: IntakeSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Return the parts of the process.

    Raises:
        AnotherClock: The installation has another clock than the settings say.
        StoreAway: The database is not there yet: call again.
    """
    stores = stores_of(settings)
    master = MasterKeys.read(settings.master_key_file)
    desk, log = desk_of(settings, master, "intake", stores, metrics, wiring.AGGREGATES)
    models = wiring.read_models(desk)
    make_indexes(stores, "intake", {each.name: each.indexed for each in models})
    upkeep = upkeep_of("intake", stores, wiring.consumers(desk), desk.chart)
    tasks, ear = command_tasks(desk, log, settings, stores, upkeep, metrics)
    return {
        "desk": desk,
        "ear": ear,
        "vitals": vitals_of(stores, desk.chart, metrics),
        "tasks": tasks,
    }
