"""The chart as it is folded from dispatch's log."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.contracts.commit import Tip
from services.common.contracts.streams import REGISTRY_KINDS, registry_stream
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import SourceBehind
from tests.support.examples import draft
from tests.unit.common.chart.small import MOMENT
from tests.unit.common.eventlog.toy import adopted, log_of, registry_event, tip_of

NEXT_DAY = MOMENT + timedelta(days=1)
UNITS = registry_stream("units")


def test_a_chart_is_not_ready_before_every_table_was_adopted() -> None:
    log = log_of()
    chart = LiveChart(log)
    for kind in REGISTRY_KINDS:
        assert not chart.ready
        with pytest.raises(SourceBehind, match=registry_stream(kind)):
            chart.at(MOMENT)
        log.append(draft(registry_stream(kind), registry_event(kind)), Tip())
    assert chart.at(MOMENT).versions == {registry_stream(kind): 1 for kind in REGISTRY_KINDS}
    assert chart.ready


def test_a_decision_uses_the_tables_of_its_own_time() -> None:
    log = log_of()
    chart = adopted(log)
    log.append(draft(UNITS, registry_event("units", NEXT_DAY)), tip_of(log, UNITS))
    chart.refresh()
    assert chart.at(MOMENT).versions[UNITS] == 1
    assert chart.at(NEXT_DAY).versions[UNITS] == 2


def test_what_a_commit_names_is_read_when_it_is_needed() -> None:
    log = log_of()
    chart = adopted(log)
    chart.at(MOMENT)
    log.append(draft(UNITS, registry_event("units", NEXT_DAY)), tip_of(log, UNITS))
    assert chart.at(NEXT_DAY).versions[UNITS] == 1, "nobody has told it yet"
    chart.know({UNITS: 2})
    assert chart.at(NEXT_DAY).versions[UNITS] == 2


def test_a_version_that_is_not_readable_yet_is_waited_for() -> None:
    chart = adopted(log_of())
    with pytest.raises(SourceBehind, match="wanted=2"):
        chart.know({UNITS: 2})


def test_knowing_what_is_known_reads_nothing() -> None:
    log = log_of()
    chart = adopted(log)
    chart.refresh()
    log.append(replace(draft(UNITS), correlation="x"), tip_of(log, UNITS))
    chart.know({UNITS: 1})
    assert chart._known[UNITS] == 1
