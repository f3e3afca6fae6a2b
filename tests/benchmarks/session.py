"""One run of benchmarks as a pytest plugin: its servers on disk, how long, and what it finds."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.local.servers.throwaway import broker_in, database_in
from services.terminal.environment import CHECKOUT
from tests.benchmarks import machine
from tests.benchmarks.results import Results, Row, save

ROUNDS = 3
WRITERS = 16


@dataclass
class Bench:
    """What a benchmark is given: where it runs, for how long, and where it tells its figures."""

    broker: Broker
    database: Database
    place: Path
    seconds: float  #: for each contender of each case
    keep: Callable[[Row], None]
    _appends: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    def tell(self, row: Row) -> None:
        """Keep and show a row."""
        self.keep(dataclasses.replace(row, load_average=machine.load_average()))

    def appends(self, writers: int) -> Mapping[str, Any]:
        """Return what `tests.benchmarks.appending` finds with so many writers, once a run.

        A process of its own, patched like a service: greenlets, not threads.
        """
        if writers not in self._appends:
            words = [self.database.uri, str(writers), str(self.seconds), str(ROUNDS)]
            told = subprocess.run(  # noqa: S603 - our own words
                [sys.executable, "-m", "tests.benchmarks.appending", *words],
                cwd=CHECKOUT,
                check=True,
                stdout=subprocess.PIPE,
            )
            self._appends[writers] = json.loads(told.stdout)
        return self._appends[writers]


class Session:
    """The plugin that carries options in and figures out; `conftest.py` finds it by its name."""

    NAME = "shaobao-benchmarks"

    def __init__(self, place: Path, seconds: float, json: Path | None) -> None:
        """Keep all data below `place`, on a real disk: j=true has to mean something."""
        self.about: dict[str, Any] = {}
        self.rows: list[Row] = []
        self.place = place
        self.seconds = seconds
        self._json = json

    def keep(self, row: Row) -> None:
        """Keep and show a row; it is on disk at once, whatever becomes of the rest."""
        self.rows.append(row)
        if self._json is not None:
            save(Results(self.about, self.rows), self._json)
        line = f"\n{row.benchmark}, {row.case}: {row.ours:.4g} {row.unit}, limit {row.limit:.4g}"
        sys.__stderr__.write(f"{line}, {row.share:.0%}; {dict(row.details)}\n")  # type: ignore[union-attr]

    @contextmanager
    def running(self) -> Iterator[Bench]:
        """Start a broker and a database for this run alone; end both with it."""
        broker, database = broker_in(self.place / "broker"), database_in(self.place / "database")
        try:
            database.start()
            broker.start()
            self.about = machine.about(broker, database, self.place)
            yield Bench(broker, database, self.place, self.seconds, self.keep)
        finally:
            broker.kill()
            database.kill()
