"""The desk of one service by itself, on logs in memory, with a vault of its own."""

from collections.abc import Mapping

from services.common.clock import Clock
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.vault.keys import Keys
from services.common.vault.master_keys import KEY_BYTES, MasterKeys
from services.common.vault.vault import Vault
from services.testing.memory_log import MemoryLog
from services.testing.memory_vault import MemoryKeyRows, MemoryTexts


def logs_in_memory(clock: Clock) -> dict[str, MemoryLog]:
    """Return the three logs, empty."""
    return {name: MemoryLog(name, clock) for name in ("intake", "dispatch", "escalation")}


def desk_alone(service: str, logs: Mapping[str, MemoryLog], clock: Clock) -> Desk:
    """Return the desk of `service`; nothing but `logs` is shared with anybody."""
    keys = Keys(MemoryKeyRows(), MasterKeys("m-1", {"m-1": bytes(KEY_BYTES)}))
    return Desk(
        service=service,
        log=logs[service],
        logs=logs,
        clock=clock,
        chart=LiveChart(logs["dispatch"]),
        vault=Vault(service, keys, MemoryTexts().of(service)),
        documents=MemoryDocuments(),
        cursors=MemoryCursors(),
    )
