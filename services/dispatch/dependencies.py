"""What dispatch's process is built of: adapters from settings. It adopts the registry first."""

from collections.abc import Mapping
from typing import Any

from services.common import registry_files
from services.common.config import DispatchSettings
from services.common.observability.metrics import PlatformMetrics
from services.common.running.desks import desk_of, make_indexes, vitals_of
from services.common.running.stores import stores_of
from services.common.running.tasks import command_tasks, upkeep_of
from services.common.vault.master_keys import MasterKeys
from services.dispatch import wiring
from services.dispatch.handlers import adopt_registry


def build(settings: DispatchSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Return the parts of the process; every registry table whose file is new is in force.

    Raises:
        RegistryFilesInvalid: Names every fault with file and line.
        AnotherClock: The installation has another clock than the settings say.
        StoreAway: The database is not there yet: call again.
    """
    tables = registry_files.load(settings.registry_dir).values()
    stores = stores_of(settings)
    master = MasterKeys.read(settings.master_key_file)
    desk, log = desk_of(settings, master, "dispatch", stores, metrics, wiring.AGGREGATES)
    make_indexes(stores, "dispatch", {each.name: each.indexed for each in wiring.READ_MODELS})
    adopt_registry(desk, tables)
    upkeep = upkeep_of("dispatch", stores, wiring.consumers(desk), desk.chart)
    tasks, ear = command_tasks(desk, log, settings, stores, upkeep, metrics)
    return {
        "desk": desk,
        "ear": ear,
        "vitals": vitals_of(stores, desk.chart, metrics),
        "tasks": tasks,
    }
