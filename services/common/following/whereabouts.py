"""Where a processor is, in memory: ahead of the saved cursor by what is not written yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.common.following.batches import Batch
from services.common.following.cursors import Cursor, Held
from services.common.following.merging import Entry
from services.common.following.reading import Reading


@dataclass(slots=True)
class Whereabouts:
    """Where a processor is: thrown away by whatever goes wrong."""

    cursor: Cursor  #: as it is saved
    reading: Reading
    batch: Batch
    held: dict[str, Held]  #: as it will be saved
    done: Mapping[str, int]  #: up to where everything that was told is written
    told: list[Entry] = field(default_factory=list)  #: and not written yet
    unsaved_since: float | None = None  #: machine time, monotonic
