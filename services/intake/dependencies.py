"""What intake's process is built of: adapters from settings."""

from collections.abc import Mapping
from typing import Any

from services.common.config import IntakeSettings
from services.common.following.bell import bell_of
from services.common.observability.metrics import PlatformMetrics
from services.common.running.desks import command_tasks, desk_of, make_indexes, vitals_of
from services.common.running.stores import stores_of
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
    desk = desk_of(settings, master, "intake", stores, metrics)
    make_indexes(stores, "intake", wiring.INDEXES)
    bell = bell_of(desk.logs, desk.chart, wiring.consumers(desk), stores.view("intake"))
    return {
        "desk": desk,
        "bell": bell,
        "vitals": vitals_of(stores, desk.chart, metrics),
        "tasks": tuple(command_tasks(desk, settings, stores, bell, metrics)),
    }
