"""Divides the documents of a read model among processes by their ids."""

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slice:
    """One of `of` parts of all documents; `number` counts from 0.

    A document belongs to exactly one, the same on every machine and in every release: what was
    folded by a process that was killed is taken up by another.
    """

    number: int = 0
    of: int = 1

    def holds(self, id: str) -> bool:  # noqa: A002  the port's own name
        """Say whether the document belongs to this slice."""
        return zlib.crc32(id.encode()) % self.of == self.number
