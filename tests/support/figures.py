"""The figures at the end of a story, as metrics tells them, against a recount of the logs."""

from collections.abc import Mapping
from datetime import datetime

from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader
from services.demo.api import Api
from services.demo.kpis import months_between, rows
from services.demo.outcome import SHOWN_TOWNS


def figure_faults(
    api: Api, logs: Mapping[str, LogReader], *, since: datetime, now: datetime
) -> list[str]:
    """Return each figure of the story's towns and months that is not as recounted.

    A town without a figure that is not zero is a fault too: then nothing was compared.
    """
    chart = LiveChart(logs["dispatch"]).at(now)
    found: list[str] = []
    for unit in SHOWN_TOWNS:
        told = {}
        for month in months_between(since, now):
            told[month] = rows(api, logs, chart, unit, month)
            found += (
                f"{unit} {month} {row.figure}: metrics says {row.told}, the logs {row.recounted}"
                for row in told[month]
                if not row.same
            )
        if not any(row.told.numerator for each in told.values() for row in each):
            found.append(f"{unit} has no figures from {since} to {now}")
    return found
