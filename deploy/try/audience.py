"""Watches the story on an installation in containers; exit 0 only if it came out as it must.

The actors are containers of their own (deploy/compose.demo.yml). The end is read from the logs,
each figure is recounted from them.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from services.common.clock import ScaledClock
from services.common.config import CliSettings, read_settings
from services.common.eventlog.charts import LiveChart
from services.common.running.business_time import scaled_clock
from services.common.running.stores import Stores, stores_of
from services.demo.__main__ import http_api
from services.demo.api import Api
from services.demo.kpis import FigureRow, months_between, rows
from services.demo.narrating import Narrator
from services.demo.outcome import SHOWN_TOWNS, faults
from services.local.secret_files import Secrets

STORY_SECONDS: Final = 600
FIGURES_SECONDS: Final = 60
LOOK_SECONDS: Final = 1.0
ADDRESSES: Final = {
    "intake": "http://intake:8001",
    "dispatch": "http://dispatch:8002",
    "escalation": "http://escalation:8003",
    "metrics": "http://metrics:8004",
}


def main() -> int:
    """Watch to the end; return the exit code."""
    settings = read_settings(CliSettings, os.environ)
    stores = stores_of(settings)
    api = http_api(dict(ADDRESSES), Secrets(Path("/run/shaobao")))
    clock = scaled_clock(stores.clock(), settings.clock_rate)
    told = story_told(stores, clock)
    right = [figures_right(api, stores, clock, unit) for unit in SHOWN_TOWNS]
    return 0 if told and all(right) else 1


def story_told(stores: Stores, clock: ScaledClock) -> bool:
    """Tell what happens until nothing is missing; else say what is."""
    logs = stores.readers()
    chart = LiveChart(logs["dispatch"])
    narrator = Narrator(logs, lambda: chart.at(clock.now()), chinese=False)
    found: list[str] = []

    def ended() -> bool:
        for line in narrator.lines():
            say(f"{line.at}  {line.event}  {line.details}")
        found[:] = faults(logs, patrol_over=False)
        return not found

    came_right = patiently(ended, STORY_SECONDS)
    for fault in found:
        say(f"NOT AS IT MUST BE: {fault}")
    return came_right


def figures_right(api: Api, stores: Stores, clock: ScaledClock, unit: str) -> bool:
    """Show the figures of `unit`; say whether each comes to equal its recount."""
    found: list[tuple[str, FigureRow]] = []

    def same() -> bool:
        found[:] = _figures(api, stores, clock, unit)
        return all(row.same for _, row in found)

    right = patiently(same, FIGURES_SECONDS)
    for month, row in found:
        if not row.told.numerator and not row.told.denominator and row.same:
            continue
        verdict = "same as the recount" if row.same else f"NOT {row.recounted}"
        say(f"{unit} {month} {row.figure:<32} {row.value or '-':>8}  {verdict}")
    return right


def _figures(
    api: Api, stores: Stores, clock: ScaledClock, unit: str
) -> Iterator[tuple[str, FigureRow]]:
    logs = stores.readers()
    chart = LiveChart(logs["dispatch"]).at(clock.now())
    for month in months_between(clock.business_start, clock.now()):
        yield from ((month, row) for row in rows(api, logs, chart, unit, month))


def patiently(check: Callable[[], bool], seconds: float) -> bool:
    """Ask again until `check` says yes; False when `seconds` have passed."""
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def say(line: str) -> None:
    """Write a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
