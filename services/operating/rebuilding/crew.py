"""Runs the slices of a rebuild as processes, and adds up what they say."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from services.local.servers.process import tie
from services.operating.rebuilding.slicing import Move
from services.operating.rebuilding.tallying import Tally
from services.terminal.environment import CHECKOUT, inherited
from services.terminal.unprepared import Unprepared

MODULE: Final = "services.operating.rebuilding"


@dataclass(frozen=True, slots=True)
class SliceErrand:
    """What the process of one slice is told."""

    service: str
    models: tuple[str, ...]  #: names of read models
    token: str  #: of the rebuild, as `Rebuilds` gave it
    number: int
    of: int
    save_every_seconds: float

    def written(self) -> str:
        """Return it as a word on a command line: JSON."""
        return json.dumps(dataclasses.asdict(self))


@dataclass(frozen=True, slots=True)
class Fallen:
    """A process that ended before its slice was done."""

    number: int
    pid: int
    code: int  #: below 0: the signal that ended it
    lack: Unprepared | None = None  #: what it said itself


@dataclass(slots=True)
class CrewReport:
    """What all processes did together, and those that fell."""

    tally: Tally = dataclasses.field(default_factory=Tally)
    fallen: list[Fallen] = dataclasses.field(default_factory=list)


class Crew:
    """Processes of a rebuild, some at a time. They end with it, however it ends."""

    def __init__(self, errands: Sequence[SliceErrand], at_once: int, move: Move) -> None:
        """Run `errands`; `move(done, of)` counts the commits that all have passed."""
        self._waiting = list(errands)
        self._at_once = at_once
        self._move = move
        self._heard: SimpleQueue[tuple[int, Mapping[str, Any] | None]] = SimpleQueue()
        self._running: dict[int, subprocess.Popen[str]] = {}
        self._reached: dict[int, tuple[int, int]] = {}
        self._lacks: dict[int, Unprepared] = {}
        self._report = CrewReport()

    def run(self) -> CrewReport:
        """Run every errand, also after another fell: what is done needn't be done again."""
        with self._none_left_behind():
            while self._waiting or self._running:
                while self._waiting and len(self._running) < self._at_once:
                    self._start(self._waiting.pop(0))
                number, told = self._heard.get()
                if told is None:
                    self._ended(number, self._running.pop(number))
                else:
                    self._told(number, told)
        return self._report

    def _start(self, errand: SliceErrand) -> None:
        """Start a process, by the main thread: it is tied to the one that has made it."""
        path = os.pathsep.join((str(CHECKOUT), *filter(None, [inherited().get("PYTHONPATH")])))
        made = subprocess.Popen(
            [*tie(tied=True), sys.executable, "-m", MODULE, errand.written()],
            env={**inherited(), "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._running[errand.number] = made
        self._reached[errand.number] = (0, 0)
        Thread(target=self._listen, args=(errand.number, made), daemon=True).start()

    def _listen(self, number: int, made: "subprocess.Popen[str]") -> None:
        """Hand on what a process says, then that it says no more."""
        assert made.stdout is not None  # noqa: S101  it was asked for
        with made.stdout as lines:
            for line in lines:
                if line.endswith("\n"):  # a killed one may leave half a line
                    self._heard.put((number, json.loads(line)))
        self._heard.put((number, None))

    def _told(self, number: int, told: Mapping[str, Any]) -> None:
        match told:
            case {"done": done, "of": of}:
                self._reached[number] = (done, of)
                reached = self._reached.values()
                self._move(sum(each[0] for each in reached), sum(each[1] for each in reached))
            case {"tally": tally}:
                self._report.tally.add(Tally(**tally))
            case {"lack": lack}:
                self._lacks[number] = Unprepared(**lack)

    def _ended(self, number: int, made: "subprocess.Popen[str]") -> None:
        code = made.wait()
        if code:
            lack = self._lacks.get(number)
            self._report.fallen.append(Fallen(number, made.pid, code, lack))

    @contextmanager
    def _none_left_behind(self) -> Iterator[None]:
        try:
            yield
        finally:
            for each in self._running.values():
                each.kill()
                each.wait()
