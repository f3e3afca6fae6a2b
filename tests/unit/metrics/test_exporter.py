"""What dashboards scrape: gauges by town, from one leader, computed in the background."""

from dataclasses import replace

import pytest

from services.common.contracts.events.dispatch import WorkOrderClosed
from services.common.contracts.events.intake import RequestClosed
from services.common.eventlog.ports import StoreAway
from services.common.observability.metrics import UnboundedLabel
from services.common.work.lease import LEFT_SECONDS, Leases, MemoryLease
from services.metrics import books as reading
from services.metrics.metrics_definitions import family
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_metrics import MARKET, OTHER_VILLAGE, MetricsWorld
from tests.support.exporting import Machine, Replica


def test_figures_are_shown_by_town_with_counts_beside_the_rates(leader: Replica) -> None:
    rate = {"unit": TOWN, "figure": "resolution"}
    assert leader.scraped("shaobao_month_rate_ratio", **rate) == 1
    assert leader.scraped("shaobao_month_rate_favourable", **rate) == 1
    assert leader.scraped("shaobao_month_rate_answers", **rate) == 1
    assert leader.scraped("shaobao_month_rate_ratio", unit=TOWN, figure="composite") == 1
    assert leader.scraped("shaobao_month_cohort_requests", unit=TOWN) == 1


def test_a_rate_without_data_is_absent(leader: Replica) -> None:
    town = {"unit": OTHER_VILLAGE[:9], "figure": "resolution"}
    assert leader.scraped("shaobao_month_rate_ratio", **town) is None


def test_requests_are_shown_by_channel_and_place(leader: Replica) -> None:
    name = "shaobao_month_requests_received"
    assert leader.scraped(name, unit=TOWN, channel="hotline") == 1
    assert leader.scraped(name, unit="none", channel="web") == 1


def test_orders_are_shown_by_tier_and_state(leader: Replica) -> None:
    village = {"unit": TOWN, "tier": "village", "state": "resolved"}
    assert leader.scraped("shaobao_open_orders", **village) == 1
    town = {"unit": TOWN, "tier": "town"}
    assert leader.scraped("shaobao_open_orders", **town, state="dispatched") == 1
    assert leader.scraped("shaobao_overdue_orders", **town) == 1
    assert leader.scraped("shaobao_month_orders_dispatched", **town) == 1
    assert leader.scraped("shaobao_month_held_seconds", **town) == 36 * 3600


def test_report_ins_are_shown_by_the_called_unit(leader: Replica) -> None:
    assert leader.scraped("shaobao_month_whistles", unit=TOWN, kind="request") == 1
    assert leader.scraped("shaobao_month_calls_due", unit=MARKET) == 1
    assert leader.scraped("shaobao_month_calls_met_in_time", unit=MARKET) == 1
    assert leader.scraped("shaobao_month_report_in_seconds", unit=MARKET) == 7200
    assert leader.scraped("shaobao_month_absent_seconds", unit=TOWN) == 35 * 3600


def test_names_and_the_standing_of_the_figures_are_shown(leader: Replica) -> None:
    info = {"unit": MARKET, "kind": "department", "tier": "department"}
    names = {"name_zh": "〔dept-market〕", "name_en": "〔dept-market〕"}
    assert leader.scraped("shaobao_unit_info", **info, **names) == 1
    assert leader.scraped("shaobao_month_info", month="2026-06") == 1
    assert leader.scraped("shaobao_figures_behind_commits", log="escalation") == 0
    assert leader.scraped("shaobao_figures_position", log="intake") == 4


def test_no_village_and_no_id_is_ever_a_label(leader: Replica) -> None:
    text = leader.text()
    assert VILLAGE not in text
    assert '"r-1"' not in text
    with pytest.raises(UnboundedLabel):
        family("shaobao_try", "Try.", "work_order_id")


def test_of_two_replicas_one_shows_figures(world: MetricsWorld, machine: Machine) -> None:
    leases = Leases()
    first, second = (Replica(world, leases.lease("figures"), machine) for _ in range(2))
    for replica in (first, second):
        replica.export.turn()
    assert first.scraped("shaobao_figures_leader") == 1
    assert second.scraped("shaobao_figures_leader") == 0
    assert "shaobao_open_orders" not in second.text()


def test_a_leader_that_gives_up_shows_nothing_and_another_goes_on(
    world: MetricsWorld, machine: Machine
) -> None:
    leases = Leases()
    first, second = (Replica(world, leases.lease("figures"), machine) for _ in range(2))
    first.export.turn()
    first.export.end()
    second.export.turn()
    first.export.turn()
    assert "shaobao_open_orders" not in first.text()
    assert "shaobao_open_orders" in second.text()


def test_a_leader_that_cannot_look_after_its_lease_stops_showing(
    leader: Replica, machine: Machine
) -> None:
    machine.now = LEFT_SECONDS + 1
    assert leader.scraped("shaobao_figures_leader") == 0
    assert "shaobao_open_orders" not in leader.text()


def test_a_leader_whose_database_is_away_shows_nothing(
    world: MetricsWorld, machine: Machine
) -> None:
    class Away(MemoryLease):
        away = False

        def hold(self) -> bool:
            if self.away:
                raise StoreAway(what="lease")
            return super().hold()

    lease = Away({}, "figures")
    replica = Replica(world, lease, machine)
    replica.export.turn()
    lease.away = True
    with pytest.raises(StoreAway):
        replica.export.turn()
    assert "shaobao_open_orders" not in replica.text()


def test_what_is_shown_says_how_old_it_is_until_it_is_refreshed(
    world: MetricsWorld, leader: Replica, machine: Machine
) -> None:
    world.dispatched("r-3", TOWN)
    world.follow()
    machine.now = 3
    leader.export.turn()
    shown = {"unit": TOWN, "tier": "town"}
    assert leader.scraped("shaobao_figures_age_seconds") == 3
    assert leader.scraped("shaobao_month_orders_dispatched", **shown) == 1
    machine.now = 6
    leader.export.turn()
    assert leader.scraped("shaobao_figures_age_seconds") == 0
    assert leader.scraped("shaobao_month_orders_dispatched", **shown) == 2


def test_a_refresh_gives_way_after_every_page(
    world: MetricsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 1)
    pauses: list[int] = []
    books = replace(world.books, pause=lambda: pauses.append(1))
    list(books.shares(world.window()))
    kept = [world.documents.find(name, {}) for name in ("request_records", "whistle_records")]
    assert len(pauses) >= sum(map(len, kept))


def test_a_refresh_that_takes_longer_than_a_leader_is_believed_keeps_the_lease(
    world: MetricsWorld, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 1)
    slow = Replica(world, Leases().lease("figures"), machine, page_seconds=LEFT_SECONDS * 0.9)
    slow.export.turn()
    assert machine.now > 2 * LEFT_SECONDS
    assert slow.scraped("shaobao_figures_leader") == 1


@pytest.mark.parametrize("already_read", [1, 3, 4])
def test_a_record_that_closes_while_a_month_is_read_is_counted_once(
    world: MetricsWorld, monkeypatch: pytest.MonkeyPatch, already_read: int
) -> None:
    """The records are read in the order of their ids: r-3 is or is not yet among them."""
    monkeypatch.setattr(reading, "PAGE", 1)
    orders = {name: world.dispatched(name, TOWN) for name in ("r-3", "r-4")}
    world.resolved("r-3", TOWN, hours=49)
    world.follow()
    whole = [each["id"] for each in world.books.records("request_records", world.window())]
    assert whole == ["r-0", "r-1", "r-2", "r-3", "r-4"]
    found = world.books.records("request_records", world.window())
    seen = [next(found)["id"] for _ in range(already_read)]
    world.answered("r-3", RequestClosed(1, "solved"))
    world.write(orders["r-3"], WorkOrderClosed("r-3", "solved"))
    world.follow()
    seen += [each["id"] for each in found]
    assert sorted(seen) == whole
