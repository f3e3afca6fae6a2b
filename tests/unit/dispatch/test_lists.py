"""Lists of orders by unit, how far they lag, and the chart as people look it up."""

from typing import Any

import pytest
from werkzeug.test import Client

from services.common.contracts.events.intake import RequestClosed
from services.common.contracts.streams import request_stream
from services.common.eventlog.charts import LiveChart
from services.common.http.wsgi import application
from services.dispatch.service import DispatchService
from tests.support import examples_dispatch as ex
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_dispatch import CENTRE, NEIGHBOUR
from tests.unit.dispatch.test_http import problem
from tests.unit.dispatch.world import DISTRICT, ELSEWHERE, MARKET, NIGHT_MARKET, POWER, ROAD, World


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_json()
    return [item["work_order_id"] for item in answer.get_json()["items"]]


@pytest.fixture
def orders(world: World) -> dict[str, str]:
    """An order of each unit; the earlier its name here, the earlier its promised date."""
    return {
        VILLAGE: world.forwarded("r-1", days=11),
        NEIGHBOUR: world.forwarded("r-2", place_code=NEIGHBOUR, days=12),
        TOWN: world.forwarded("r-3", ROAD, days=13),
        ELSEWHERE: world.forwarded("r-4", place_code=ELSEWHERE, days=14),
        "dept-utility-power": world.forwarded("r-5", POWER, days=15),
    }


@pytest.mark.parametrize(
    ("by", "role", "seen"),
    [
        (VILLAGE, None, [VILLAGE]),
        (TOWN, None, [VILLAGE, NEIGHBOUR, TOWN]),
        (TOWN, "town_leader", [VILLAGE, NEIGHBOUR, TOWN]),
        (MARKET, None, []),
        (CENTRE, None, [VILLAGE, NEIGHBOUR, TOWN, ELSEWHERE, "dept-utility-power"]),
        (None, "auditor", [VILLAGE, NEIGHBOUR, TOWN, ELSEWHERE, "dept-utility-power"]),
    ],
)
def test_a_unit_sees_its_own_orders_and_all_below_it_by_promised_date(
    world: World, orders: dict[str, str], by: str | None, role: str | None, seen: list[str]
) -> None:
    answer = world.get("/v1/work-orders", by=by, role=role)
    assert ids(answer) == [orders[unit] for unit in seen]


def test_a_superior_asks_for_one_unit_below(world: World, orders: dict[str, str]) -> None:
    assert ids(world.get(f"/v1/work-orders?unit={VILLAGE}", by=TOWN)) == [orders[VILLAGE]]
    assert ids(world.get(f"/v1/work-orders?unit={TOWN}", role="admin", by=None)) == [
        orders[VILLAGE], orders[NEIGHBOUR], orders[TOWN],
    ]  # fmt: skip


def test_nobody_lists_beside_or_above(world: World) -> None:
    for unit in (NEIGHBOUR, TOWN, CENTRE):
        answer = world.get(f"/v1/work-orders?unit={unit}", by=VILLAGE)
        assert problem(answer) == (403, "not-a-superior")


def test_an_unknown_unit_or_state_is_named(world: World) -> None:
    answer = world.get("/v1/work-orders?unit=999", by=CENTRE)
    assert problem(answer) == (422, "unknown-unit")
    answer = world.get("/v1/work-orders?state=asleep", by=CENTRE)
    assert problem(answer) == (400, "query-refused")
    answer = world.get("/v1/work-orders?cursor=zz", by=CENTRE)
    assert problem(answer) == (400, "cursor-refused")


def test_a_state_can_be_asked_for(world: World, orders: dict[str, str]) -> None:
    world.post(orders[VILLAGE], "acknowledgement")
    world.settle()
    assert ids(world.get("/v1/work-orders?state=acknowledged", by=TOWN)) == [orders[VILLAGE]]
    assert orders[VILLAGE] not in ids(world.get("/v1/work-orders?state=dispatched", by=TOWN))


def test_a_closed_order_leaves_the_list_and_is_found_by_its_state(
    world: World, orders: dict[str, str]
) -> None:
    world.hears(request_stream("r-1"), RequestClosed(1, "unanswered"))
    assert ids(world.get("/v1/work-orders")) == []
    assert ids(world.get("/v1/work-orders?state=closed")) == [orders[VILLAGE]]


def test_a_unit_asked_by_a_transfer_finds_the_order_in_its_list_once(
    world: World, orders: dict[str, str]
) -> None:
    world.post(orders[VILLAGE], "acknowledgement")
    world.post(orders[VILLAGE], "transfer", {"to_unit": TOWN, "reason": "一"})
    world.settle()
    assert ids(world.get("/v1/work-orders", by=TOWN)).count(orders[VILLAGE]) == 1
    world.post(orders[ELSEWHERE], "acknowledgement", by=ELSEWHERE)
    world.post(orders[ELSEWHERE], "transfer", {"to_unit": MARKET, "reason": "一"}, by=ELSEWHERE)
    world.settle()
    assert ids(world.get("/v1/work-orders", by=MARKET)) == [orders[ELSEWHERE]]


@pytest.mark.parametrize("by", [TOWN, CENTRE])
def test_pages_show_every_order_once(world: World, orders: dict[str, str], by: str) -> None:
    found, cursor = [], ""
    for _ in range(len(orders) + 1):
        answer = world.get(f"/v1/work-orders?limit=2{cursor}", by=by)
        found += ids(answer)
        if "next_cursor" not in answer.get_json():
            break
        cursor = f"&cursor={answer.get_json()['next_cursor']}"
    assert found == ids(world.get("/v1/work-orders", by=by))


def test_a_list_says_how_far_it_lags(world: World, orders: dict[str, str]) -> None:
    head = world.logs["dispatch"].head()
    fresh = world.get("/v1/work-orders").get_json()["as_of"]
    assert fresh == {"position": head, "behind": 0, "at_least": False}
    world.post(orders[VILLAGE], "acknowledgement")
    world.logs["dispatch"].stamp(10)
    behind = world.get("/v1/work-orders").get_json()["as_of"]
    assert behind == {"position": head, "behind": 1, "at_least": False}


def test_a_list_holds_no_text_and_no_bookkeeping(world: World, orders: dict[str, str]) -> None:
    [item] = world.get("/v1/work-orders").get_json()["items"]
    assert item == {
        "work_order_id": orders[VILLAGE], "request_id": "r-1", "state": "dispatched",
        "open": True, "holder": VILLAGE, "first_receiver": VILLAGE, "copied_to": [CENTRE],
        "category": NIGHT_MARKET, "time_class": "complex", "place_code": VILLAGE,
        "promised_at": "2026-06-12T01:12:00.000000Z",
        "dispatched_at": "2026-06-01T01:12:00.000000Z",
        "holder_since": "2026-06-01T01:12:00.000000Z",
        "touched_at": "2026-06-01T01:12:00.000000Z",
        "round": 1, "contacted": False, "resolutions": 0, "whistles": [],
    }  # fmt: skip


def test_the_list_rebuilt_is_the_list(world: World, orders: dict[str, str]) -> None:
    world.post(orders[VILLAGE], "acknowledgement")
    world.settle()
    before = world.get("/v1/work-orders", by=CENTRE).get_json()
    world.desk.documents.drop("open_work_orders")
    world.follow_anew()
    assert world.get("/v1/work-orders", by=CENTRE).get_json() == before


def test_anybody_looks_up_a_unit_and_who_stands_above_it(world: World) -> None:
    body = world.get(f"/v1/units/{VILLAGE}", by=None).get_json()
    assert body == {
        "code": VILLAGE, "name_zh": "张湾村", "name_en": "张湾村", "kind": "village",
        "tier": "village", "parent": TOWN, "district": DISTRICT, "answers_by": "http",
        "superiors": [TOWN, CENTRE, "deputy-110112", "leader-110112"],
    }  # fmt: skip
    assert problem(world.get("/v1/units/999", by=None)) == (404, "not-found")


def test_units_are_listed_below_their_parent_page_by_page(world: World) -> None:
    first = world.get(f"/v1/units?parent={TOWN}&limit=2", by=None).get_json()
    rest = world.get(
        f"/v1/units?parent={TOWN}&limit=2&cursor={first['next_cursor']}", by=None
    ).get_json()
    codes = [each["code"] for each in (*first["items"], *rest["items"])]
    assert codes == sorted([VILLAGE, NEIGHBOUR, f"{TOWN}-planning"])
    top = world.get("/v1/units", by=None).get_json()["items"]
    assert [each["code"] for each in top] == [DISTRICT, "110199"]
    assert problem(world.get("/v1/units?parent=999", by=None)) == (422, "unknown-unit")


def test_without_a_registry_everybody_is_asked_to_come_back(world: World) -> None:
    empty = ex.RacedLog()
    desk = ex.with_log(world.desk, empty, chart=LiveChart(empty))
    answer = Client(application(DispatchService, desk=desk)).get("/v1/categories")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_categories_are_listed_with_their_headings(world: World) -> None:
    body = world.get("/v1/categories", by=None).get_json()
    [found] = [each for each in body["categories"] if each["code"] == NIGHT_MARKET]
    assert (found["time_class"], found["evidence_required"]) == ("complex", True)
    assert {"city", "city.trade"} <= {each["code"] for each in body["groups"]}
