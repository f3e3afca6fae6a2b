"""The routes of metrics over HTTP in one process."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from prometheus_client import CollectorRegistry

from services.common.contracts.events.intake import RequestClosed
from services.common.contracts.streams import request_stream
from services.common.following.cursors import Held
from services.common.http.health import Vitals
from services.common.http.host import HttpHost
from services.common.http.tokens import TokenVerifier, issue
from services.metrics.figures import COMPOSITE, FIGURES
from services.metrics.service import MetricsService
from tests.support.described import client_of
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_metrics import JUNE, MARKET, NEIGHBOUR, OTHER_TOWN, MetricsWorld
from tests.support.following import rest
from tests.unit.common.chart import small

SIGNING_KEY = Ed25519PrivateKey.generate()


class Asked:
    """Metrics behind its routes, and a month with one answered request."""

    def __init__(self) -> None:
        self.world = MetricsWorld()
        self.world.dispatched("r-1")
        self.world.resolved("r-1", VILLAGE, hours=10)
        self.world.answered("r-1", RequestClosed(1, "solved"), satisfied="dissatisfied")
        self.world.follow()
        host = HttpHost(tokens=TokenVerifier({"k1": SIGNING_KEY.public_key()}))
        self.client = client_of(
            MetricsService,
            http=host,
            books=self.world.books,
            vitals=Vitals(CollectorRegistry()),
        )

    def get(self, path: str, *roles: str, unit: str | None = None) -> Any:
        """Ask as a caller with `roles` for `unit`; an auditor by default."""
        token = issue(SIGNING_KEY, "k1", "p-1", roles or ("auditor",), unit=unit)
        return self.client.get(path, headers={"Authorization": f"Bearer {token}"})

    def month(self, unit: str = TOWN, month: str = JUNE) -> Any:
        """Ask for a month as an auditor."""
        return self.get(f"/v1/kpis/{unit}/{month}")


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_month_holds_every_figure_with_the_terms_it_was_counted_by(asked: Asked) -> None:
    answer = asked.month()
    assert answer.status_code == 200
    body = answer.json
    assert set(body["figures"]) == {*FIGURES, COMPOSITE}
    assert body["figures"]["resolution"] == {
        "numerator": 1,
        "denominator": 1,
        "excluded": 0,
        "value": "1.0000",
        "few_answers": True,
        "events": f"/v1/kpis/{TOWN}/{JUNE}/resolution",
    }
    assert body["figures"]["satisfaction"]["value"] == "0.0000"
    assert body["figures"]["composite"]["value"] == "0.6500"
    assert body["policy_version"] == 1
    assert body["starts_at"] == "2026-05-31T16:00:00.000000Z", "midnight in Beijing"


def test_a_month_says_which_positions_are_in_it_and_how_many_are_not(asked: Asked) -> None:
    body = asked.month().json
    assert body["as_of"] == {"dispatch": 7, "escalation": 0, "intake": 2}
    assert body["behind"] == {"dispatch": 0, "escalation": 0, "intake": 0}
    asked.world.asked("r-2", VILLAGE)
    later = asked.month().json
    assert later["as_of"]["intake"] == 2
    assert later["behind"]["intake"] == 1


def test_streams_that_are_stuck_are_told_beside_the_positions(asked: Asked) -> None:
    """The cursor goes on past a stream that is held; the position alone would hide it."""
    at = datetime(2026, 6, 1, tzinfo=UTC)
    found = asked.world.cursors.load("metrics.request_records")
    held = {
        request_stream("r-1"): Held(3, "newer than this reader", at),
        request_stream("r-2"): Held(1, "a fault of ours", at, retry_at=at),
    }
    asked.world.cursors.save("metrics.request_records", replace(found, held=held))
    body = asked.month().json
    assert body["as_of"] == {"dispatch": 7, "escalation": 0, "intake": 2}
    assert body["troubled_streams"] == {"dispatch": 0, "escalation": 0, "intake": 2}


def test_figures_are_as_old_as_the_records_that_are_most_behind(asked: Asked) -> None:
    world = asked.world
    world.called("h-1", MARKET)
    rest(world.processors.named("metrics.whistle_records"))
    body = asked.month().json
    assert (body["as_of"]["escalation"], body["behind"]["escalation"]) == (0, 1)
    world.follow()
    body = asked.month().json
    assert (body["as_of"]["escalation"], body["behind"]["escalation"]) == (1, 0)


def test_nothing_is_in_figures_whose_records_have_followed_nothing() -> None:
    world = MetricsWorld()
    world.asked("r-1", VILLAGE)
    assert {name: (each.position, each.behind) for name, each in world.books.as_of().items()} == {
        "dispatch": (0, 5),
        "escalation": (0, 0),
        "intake": (0, 1),
    }


def test_every_figure_opens_into_its_events(asked: Asked) -> None:
    where = asked.month().json["figures"]["resolution"]["events"]
    body = asked.get(where).json
    stream = request_stream("r-1")
    assert body["items"] == [
        {
            "figure": "resolution",
            "subject": stream,
            "unit": VILLAGE,
            "numerator": 1,
            "denominator": 1,
            "excluded": 0,
            "events": [f"{stream}@1.0", f"{stream}@2.0"],
        }
    ]


@pytest.mark.parametrize("figure", [*FIGURES, COMPOSITE])
def test_the_shares_of_a_figure_add_up_to_it_page_by_page(asked: Asked, figure: str) -> None:
    world = asked.world
    world.blown("h-1", MARKET, VILLAGE, hours=11)
    world.arrived("h-1", MARKET, hours=13)
    world.dispatched("r-2", NEIGHBOUR, hours=20)
    world.follow()
    whole = asked.month().json["figures"][figure]
    shares: list[dict[str, Any]] = []
    more = ""
    while True:
        page = asked.get(f"/v1/kpis/{TOWN}/{JUNE}/{figure}?limit=1{more}").json
        shares += page["items"]
        if "next_cursor" not in page:
            break
        more = f"&cursor={page['next_cursor']}"
    assert all(share["events"] for share in shares)
    if figure not in (COMPOSITE, "escalation_depth"):
        assert sum(share["numerator"] for share in shares) == whole["numerator"]
        assert sum(share["excluded"] for share in shares) == whole["excluded"]


@pytest.mark.parametrize(
    ("role", "unit", "status"),
    [
        ("village_officer", VILLAGE, 200),
        ("town_leader", TOWN, 200),
        ("command_centre", "cc-110112", 200),
        ("admin", None, 200),
        ("village_officer", NEIGHBOUR, 403),
        ("town_officer", OTHER_TOWN, 403),
        ("department_officer", MARKET, 403),
        ("operator", None, 403),
        ("village_officer", "no-such-unit", 403),
        ("reporter", None, 403),
    ],
)
def test_figures_are_shown_to_the_unit_and_to_those_above_it(
    asked: Asked, role: str, unit: str | None, status: int
) -> None:
    assert asked.get(f"/v1/kpis/{VILLAGE}/{JUNE}", role, unit=unit).status_code == status


def test_nobody_reads_figures_without_a_token(asked: Asked) -> None:
    assert asked.client.get(f"/v1/kpis/{TOWN}/{JUNE}").status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        (f"/v1/kpis/{TOWN}/2026-13", 422, "month-malformed"),
        (f"/v1/kpis/{TOWN}/june", 422, "month-malformed"),
        (f"/v1/kpis/{TOWN}/2026-07", 404, "month-not-begun"),
        (f"/v1/kpis/{TOWN}/2019-05", 404, "month-before-records"),
        (f"/v1/kpis/110112999/{JUNE}", 404, "not-found"),
        (f"/v1/kpis/{TOWN}/{JUNE}/volume", 404, "no-such-figure"),
        (f"/v1/kpis/{TOWN}/{JUNE}/response?limit=0", 400, "query-refused"),
        (f"/v1/kpis/{TOWN}/{JUNE}/response?cursor=x", 400, "cursor-refused"),
    ],
)
def test_what_cannot_be_answered_is_a_clear_problem(
    asked: Asked, path: str, status: int, slug: str
) -> None:
    answer = asked.get(path)
    assert answer.status_code == status
    assert answer.json["type"] == f"/problems/{slug}"


def test_a_month_is_counted_by_the_policies_in_force_at_its_end(asked: Asked) -> None:
    changed = [
        {**row, "value": 1} if row["name"] == "rate_minimum_answers_count" else row
        for row in small.POLICIES
    ]
    asked.world.adopt("policies", changed, datetime(2026, 7, 2, tzinfo=UTC))
    asked.world.move_to(40 * 24)
    asked.world.follow()
    june, july = asked.month().json, asked.month(month="2026-07").json
    assert (june["policy_version"], june["minimum_answers"]) == (1, 3)
    assert (july["policy_version"], july["minimum_answers"]) == (2, 1)


def test_health_and_metrics_need_no_token(asked: Asked) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert asked.client.get(path).status_code == 200
