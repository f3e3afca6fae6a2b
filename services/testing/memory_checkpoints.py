"""Checkpoints in memory: what the tests of those in MongoDB are compared with."""

from collections.abc import Iterable, Mapping
from typing import Any


class MemoryCheckpoints:
    """The checkpoints of one service; share one object between processes in a test."""

    def __init__(self) -> None:
        """Start empty."""
        self.documents: dict[str, dict[str, Any]] = {}

    def find(self, streams: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return what lies there for `streams`."""
        return {each: self.documents[each] for each in streams if each in self.documents}

    def save(self, stream: str, document: Mapping[str, Any]) -> None:
        """Put `document` in place of what lies there."""
        self.documents[stream] = dict(document)
