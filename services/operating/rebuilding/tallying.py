"""What a rebuild did, added up over its processes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """What a rebuild did; commits and events are counted once a document that they belong to.

    `unreadable`: stream -> why; documents that have seen more of it were left alone.
    """

    commits: int = 0
    events: int = 0
    documents: int = 0
    written: int = 0
    removed: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Add what another slice did."""
        self.commits += other.commits
        self.events += other.events
        self.documents += other.documents
        self.written += other.written
        self.removed += other.removed
        self.unreadable |= other.unreadable

    def plain(self) -> Mapping[str, Any]:
        """Return it as JSON has it: what makes it again, by name."""
        return asdict(self)
