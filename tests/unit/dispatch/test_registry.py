"""Adopting the registry: what is new is put in force, once, however many replicas start."""

from datetime import timedelta
from pathlib import Path

from services.common import registry_files
from services.common.contracts.commit import Tip
from services.common.contracts.streams import registry_stream
from services.common.eventlog.charts import LiveChart
from services.common.registry_files import RegistryTable
from services.dispatch.domain.registry import BEGINNING, REGISTRIES, AdoptRegistry, Registry
from services.dispatch.handlers import adopt_registry
from tests.support import examples_dispatch as ex
from tests.support.examples import DAY_ONE, TOWN, draft
from tests.unit.dispatch.world import UNITS, World, tables, unit

KINDS = ("units", "categories", "duties", "catalogue", "policies")
SHIPPED = Path(__file__).parents[3] / "deploy" / "registry"


def command(sha256: str = "a") -> AdoptRegistry:
    return AdoptRegistry("policies", sha256, ({"name": "n"},))


def versions(world: World) -> list[int]:
    return [len(list(world.logs["dispatch"].read(registry_stream(kind)))) for kind in KINDS]


def test_a_first_adoption_holds_from_the_beginning() -> None:
    [event] = REGISTRIES.decide(Registry(), command(), DAY_ONE)
    assert (event.kind, event.sha256, event.effective_at) == ("policies", "a", BEGINNING)


def test_a_later_adoption_holds_from_now_on() -> None:
    [event] = REGISTRIES.decide(Registry("a"), command("b"), DAY_ONE)
    assert event.effective_at == DAY_ONE
    assert REGISTRIES.evolve(Registry("a"), event, DAY_ONE) == Registry("b")


def test_the_same_content_is_not_adopted_again() -> None:
    assert REGISTRIES.decide(Registry("a"), command("a"), DAY_ONE) == []


def test_starting_again_with_the_same_files_adds_nothing(world: World) -> None:
    assert adopt_registry(world.desk, tables()) == ()
    assert versions(world) == [1] * 5


def test_only_the_table_that_changed_is_adopted(world: World) -> None:
    before, now = tables(), tables("2")
    assert adopt_registry(world.desk, [*before[:2], now[2], *before[3:]]) == ("duties",)
    assert versions(world) == [1, 1, 2, 1, 1]


def test_going_back_to_an_older_content_is_an_adoption_of_its_own(world: World) -> None:
    adopt_registry(world.desk, tables("2"))
    adopt_registry(world.desk, tables("1"))
    assert versions(world) == [3] * 5


def test_a_replica_that_lost_the_race_finds_the_others_adoption_and_adds_nothing() -> None:
    world, table = World(), tables("2")[2]
    [event] = REGISTRIES.decide(Registry(tables("1")[2].sha256), _of(table), DAY_ONE)
    raced = ex.RacedLog()
    for commit in world.logs["dispatch"].read(table.stream):
        raced.append(commit.draft, Tip())
    raced.rivals = [draft(table.stream, event)]
    desk = ex.with_log(world.desk, raced)
    assert adopt_registry(desk, [table]) == ()
    assert [commit.version for commit in raced.read(table.stream)] == [1, 2]


def _of(table: RegistryTable) -> AdoptRegistry:
    return AdoptRegistry(table.kind, table.sha256, table.entries)


def test_running_charts_change_with_the_adoption_and_not_before(world: World) -> None:
    world.time.move_to(DAY_ONE + timedelta(days=1))
    new = unit("110112105299", "village", TOWN, "新村")
    adopt_registry(world.desk, tables("2", units=(*UNITS, new)))
    assert "110112105299" not in world.desk.chart.at(DAY_ONE).units
    assert "110112105299" in world.desk.chart.at(world.desk.clock.now()).units


def test_the_files_that_are_shipped_can_be_adopted_and_make_a_chart() -> None:
    log = ex.RacedLog()
    desk = ex.with_log(World().desk, log, chart=LiveChart(log))
    assert adopt_registry(desk, registry_files.load(SHIPPED).values()) == KINDS
    assert "110112105209" in desk.chart.at(DAY_ONE).units
