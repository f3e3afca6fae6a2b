"""A code or name that can't be a label costs its own samples, and no others."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.common.contracts.streams import work_order_id
from services.metrics.exporter import gathered
from services.metrics.metrics_definitions import Exposition, family
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_metrics import MARKET, SINCE, MetricsWorld, tables

Shown = dict[tuple[str, str], float]


@pytest.fixture
def world() -> MetricsWorld:
    """A whistle to the market office, and an order at a town."""
    found = MetricsWorld()
    found.blown("h-1", MARKET, VILLAGE)
    found.dispatched("r-1", TOWN)
    found.follow()
    return found


def department(code: str, name: str) -> dict[str, Any]:
    return {
        "code": code, "kind": "department", "parent": "110112", "answers_by": "amqp",
        "name_zh": name, "name_en": name,
    }  # fmt: skip


def shown(world: MetricsWorld, code: str, name: str) -> Shown:
    """Return every sample by metric and unit, once the registry has one more department."""
    world.adopt("units", (*tables()["units"], department(code, name)), SINCE)
    world.follow()
    return dict(_samples(world))


def _samples(world: MetricsWorld) -> Iterator[tuple[tuple[str, str], float]]:
    for each in gathered(world.books):
        for sample in each.samples:
            yield (sample.name, sample.labels.get("unit", "")), sample.value


LEFT_OUT = ("shaobao_figures_left_out_samples", "")


@pytest.mark.parametrize(
    "code", ["dept-human-resources-and-social-security", "deputy2-110112", "court"]
)
def test_every_code_that_the_registry_takes_is_shown(world: MetricsWorld, code: str) -> None:
    found = shown(world, code, "试验部门")
    assert found["shaobao_unit_info", code] == 1
    assert found[LEFT_OUT] == 0


@pytest.mark.parametrize(
    ("code", "name"), [("Dept_X", "部门"), ("dept-new", "两行\n名称"), ("dept-new", "名" * 121)]
)
def test_a_table_adopted_before_codes_were_checked_hides_no_other_figure(
    world: MetricsWorld, code: str, name: str
) -> None:
    found = shown(world, code, name)
    assert ("shaobao_unit_info", code) not in found
    assert found["shaobao_unit_info", MARKET] == 1
    assert found["shaobao_month_orders_dispatched", TOWN] == 1
    assert found[LEFT_OUT] == 1


def test_an_id_is_no_label() -> None:
    exposition, found = Exposition(), family("shaobao_try", "Try.", "unit")
    exposition.add(found, {"unit": work_order_id("r-1")}, 1)
    exposition.add(found, {"unit": MARKET}, 1)
    assert [sample.labels for sample in found.samples] == [{"unit": MARKET}]
    assert exposition.left_out == 1
