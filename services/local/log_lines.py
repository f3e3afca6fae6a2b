"""What several processes said, in one order: by time, and each line under its speaker's name."""

import heapq
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from services.common.observability.visible import visible

WIDTH: Final = 11  #: of the longest name of ours
#: A service's line holds it as JSON, a line of the keeper begins with it.
_TIME: Final = re.compile(r'(?:^|"time": ?")(\d{4}-\d\d-\d\dT[\d:.]+)')


class LogLine(NamedTuple):
    """One line. `time` is UTC as text; a line without one belongs to the one before it."""

    time: str
    text: str  #: with its speaker's name, and a newline at the end


class LogLines:
    """Reads logs that grow, are cut when they are long, and begin anew."""

    def __init__(self, logs: Mapping[str, Path]) -> None:
        """Read `logs`, by the name of who speaks in it, from their beginning."""
        self._logs = logs
        self._read = dict.fromkeys(logs, 0)
        self._times = dict.fromkeys(logs, "")

    def new(self) -> list[str]:
        """Return every whole line that was written since the last call, in order of time."""
        parts = [list(self._of(name, log)) for name, log in self._logs.items()]
        return [line.text for line in heapq.merge(*parts, key=lambda line: line.time)]

    def _of(self, name: str, log: Path) -> Iterator[LogLine]:
        for text in self._grown(name, log).decode(errors="replace").split("\n")[:-1]:
            found = _TIME.search(text)
            self._times[name] = found[1] if found else self._times[name]
            yield LogLine(self._times[name], f"{name:<{WIDTH}} | {visible(text)}\n")

    def _grown(self, name: str, log: Path) -> bytes:
        """Return what is new and ends with a newline."""
        if not log.exists():
            return b""
        if log.stat().st_size < self._read[name]:
            self._read[name] = 0
        with log.open("rb") as stream:
            stream.seek(self._read[name])
            content = stream.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read[name] += len(whole)
        return whole
