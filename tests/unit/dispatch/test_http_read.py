"""Who reads a work order over HTTP, and how new it is."""

import pytest

from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_dispatch import CENTRE, NEIGHBOUR
from tests.unit.dispatch.world import ELSEWHERE, MARKET, World


@pytest.fixture
def order(world: World) -> str:
    return world.forwarded()


def test_an_order_is_read_as_it_stands_before_any_list_knows(world: World, order: str) -> None:
    world.post(order, "acknowledgement")
    answer = world.get(f"/v1/work-orders/{order}")
    assert answer.headers["ETag"] == '"2"'
    body = answer.get_json()
    assert (body["state"], body["holder"], body["copied_to"]) == (
        "acknowledged", VILLAGE, [CENTRE],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("by", "role", "status"),
    [
        (VILLAGE, None, 200),
        (TOWN, None, 200),
        (TOWN, "town_leader", 200),
        (VILLAGE, "grid_steward", 200),
        (NEIGHBOUR, "grid_steward", 403),
        (CENTRE, None, 200),
        (None, "auditor", 200),
        (None, "admin", 200),
        (NEIGHBOUR, None, 403),
        (ELSEWHERE, None, 403),
        (MARKET, None, 403),
    ],
)
def test_an_order_is_shown_to_whom_it_concerns(
    world: World, order: str, by: str | None, role: str | None, status: int
) -> None:
    assert world.get(f"/v1/work-orders/{order}", by=by, role=role).status_code == status


def test_who_is_asked_and_who_had_it_first_may_read_the_order(world: World, order: str) -> None:
    world.post(order, "acknowledgement")
    world.post(order, "transfer", {"to_unit": MARKET, "reason": "一"})
    assert world.get(f"/v1/work-orders/{order}", by=MARKET).status_code == 200
    world.post(order, "transfer/acceptance", by=MARKET)
    assert world.get(f"/v1/work-orders/{order}", by=VILLAGE).status_code == 200


def test_an_order_nobody_knows_cannot_be_read(world: World) -> None:
    answer = world.get("/v1/work-orders/no-such-order")
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/not-found")
