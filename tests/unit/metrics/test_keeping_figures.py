"""Figures are moved as records move: nothing is read for nothing, and a difference is found."""

from dataclasses import replace
from typing import Any

import pytest

from services.common.work.lease import Leases
from services.metrics import books as reading
from services.metrics.comparing import COMPARED_SECONDS, SLICE_SECONDS
from services.metrics.exporter import REFRESH_SECONDS
from tests.support.examples import TOWN
from tests.support.examples_metrics import MARKET, MetricsWorld
from tests.support.exporting import Machine, Replica


def test_nothing_is_read_as_long_as_nothing_moves(
    world: MetricsWorld, leader: Replica, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing has moved")

    for name in ("find", "get_many", "get"):
        monkeypatch.setattr(world.documents, name, read)
    monkeypatch.setattr(world.cursors, "load_all", read)
    for now in range(6, 200, 3):
        machine.now = now
        world.move_to(48 + now / 3600)
        leader.export.turn()
    absent = leader.scraped("shaobao_month_absent_seconds", unit=TOWN)
    assert absent == 35 * 3600 + 180, "what runs is counted every minute, without a look at it"


def test_what_comes_due_is_counted_when_it_does_though_nothing_moves(
    world: MetricsWorld, leader: Replica, machine: Machine
) -> None:
    world.blown("h-2", MARKET)
    world.follow()
    machine.now = 10
    leader.export.turn()
    assert leader.scraped("shaobao_month_calls_due", unit=MARKET) == 1
    world.move_to(48 + 24)
    machine.now = 16
    leader.export.turn()
    assert leader.scraped("shaobao_month_calls_due", unit=MARKET) == 2


def test_a_difference_is_found_counted_said_and_put_right(
    world: MetricsWorld, leader: Replica, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody writes a record and tells nobody."""
    stored = world.documents.get("request_records", "r-2")
    changed = {**stored.body, "order": {**stored.body["order"], "stage": "raised"}}
    assert world.documents.put("request_records", replace(stored, body=changed))
    machine.now = COMPARED_SECONDS
    leader.export.turn()
    assert leader.scraped("shaobao_figures_differences_total") == 1
    assert leader.scraped("shaobao_figures_compared_records_total") == 4
    assert "request_records r-2" in caplog.text
    machine.now += REFRESH_SECONDS
    leader.export.turn()
    assert leader.scraped("shaobao_open_orders", unit=TOWN, tier="town", state="raised") == 1
    machine.now += COMPARED_SECONDS
    leader.export.turn()
    assert leader.scraped("shaobao_figures_differences_total") == 1


def test_a_record_that_is_gone_is_a_difference_too(
    world: MetricsWorld, leader: Replica, machine: Machine
) -> None:
    world.documents.drop("whistle_records")
    machine.now = COMPARED_SECONDS
    leader.export.turn()
    assert leader.scraped("shaobao_figures_differences_total") == 1
    machine.now += REFRESH_SECONDS
    leader.export.turn()
    assert leader.scraped("shaobao_month_whistles", unit=TOWN, kind="request") is None


def test_a_comparison_goes_on_a_slice_at_a_time(
    world: MetricsWorld, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 1)
    slow = Replica(world, Leases().lease("figures"), machine, page_seconds=SLICE_SECONDS)
    slow.export.turn()
    machine.now = COMPARED_SECONDS + 1
    found: list[float] = []
    for _ in range(3):
        slow.export.turn()
        found.append(slow.scraped("shaobao_figures_compared_records_total") or 0.0)
        machine.passes(REFRESH_SECONDS)
    assert 0 < found[0] < 4
    assert found == sorted(found)
    assert found[-1] == 4


def test_who_lost_the_lease_reads_all_anew_when_he_leads_again(
    world: MetricsWorld, machine: Machine
) -> None:
    """Another followed meanwhile, in another process: nobody says here which records it moved."""
    leases = Leases()
    mine, others = leases.lease("figures"), leases.lease("figures")
    replica = Replica(world, mine, machine)
    replica.export.turn()
    mine.release()
    assert others.hold()
    replica.export.turn()
    stored = world.documents.get("request_records", "r-2")
    changed = {**stored.body, "order": {**stored.body["order"], "stage": "raised"}}
    assert world.documents.put("request_records", replace(stored, body=changed))
    others.release()
    replica.export.turn()
    assert replica.scraped("shaobao_open_orders", unit=TOWN, tier="town", state="raised") == 1
