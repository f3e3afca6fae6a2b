"""Whatever a stranger writes into a query or a path: an answer, never a fault of ours."""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.urls import iri_to_uri

from services.common.http.paging import cursor_after
from services.common.http.routes import RouteSpec, routes_of
from services.dispatch.service import DispatchService
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.metrics.service import MetricsService
from tests.support.examples import TOWN
from tests.support.intake_world import IntakeWorld, bearer
from tests.unit.dispatch.world import World as DispatchWorld
from tests.unit.escalation.http.world import World as EscalationWorld
from tests.unit.metrics.test_service import Asked

Get = Callable[[str], Any]
SERVICES: Final = (IntakeService, DispatchService, EscalationService, MetricsService)
#: Path and query of every route that takes a cursor, as somebody who may read all.
LISTS: Final = {
    "/v1/requests": "/v1/requests?",
    "/v1/work-orders": "/v1/work-orders?",
    "/v1/units": "/v1/units?",
    "/v1/raises": f"/v1/raises?unit={TOWN}&",
    "/v1/whistles": f"/v1/whistles?town={TOWN}&",
    "/v1/calls": f"/v1/calls?unit={TOWN}&",
    "/v1/duties": f"/v1/duties?unit={TOWN}&",
    "/v1/phone-list": "/v1/phone-list?",
    "/v1/escalations": f"/v1/escalations?unit={TOWN}&",
    "/v1/kpis/<unit>/<month>/<figure>": f"/v1/kpis/{TOWN}/2026-06/resolution?",
}


def routes() -> list[tuple[type, RouteSpec]]:
    """Return the GET routes of all services."""
    found = [(service, each.spec) for service in SERVICES for each in routes_of(service)]
    return [(service, spec) for service, spec in found if spec.method == "GET"]


PAGED: Final = [
    (service, spec.path)
    for service, spec in routes()
    if spec.query and "cursor" in spec.query.fields
]
WITH_PARTS: Final = [(service, spec.path) for service, spec in routes() if "<" in spec.path]


@pytest.fixture(scope="module")
def gets() -> dict[type, Get]:
    """Return how to ask each service, as an auditor."""
    intake, dispatch, escalation = IntakeWorld(), DispatchWorld(), EscalationWorld()
    return {
        IntakeService: lambda path: intake.get(path, bearer("auditor")),
        DispatchService: lambda path: dispatch.get(path, role="auditor"),
        EscalationService: lambda path: escalation.get(path, role="auditor"),
        MetricsService: Asked().get,
    }


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


ANY_TEXT: Final = st.text(st.characters(codec=None), max_size=20)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=2),
    max_leaves=4,
)
#: Cursors that look like ours (base64url of JSON), and ones that look like nothing.
CURSORS: Final = st.one_of(
    JSON.map(lambda value: encoded(json.dumps(value).encode())),
    ANY_TEXT.map(lambda text: encoded(json.dumps([text]).encode())),
    st.binary(max_size=30).map(encoded),
    st.text(max_size=20),
)


def test_every_list_is_tried() -> None:
    assert {path for _, path in PAGED} == set(LISTS)


@pytest.mark.parametrize(("service", "path"), PAGED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=CURSORS)
def test_an_odd_cursor_is_400_or_leads_to_a_page(
    gets: dict[type, Get], service: type, path: str, cursor: str
) -> None:
    answer = gets[service](iri_to_uri(f"{LISTS[path]}cursor={cursor.replace('&', '')}"))
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(("service", "path"), PAGED)
@pytest.mark.parametrize(
    "inner", ['["\\ud800"]', '["a", "b"]', "[1]", '[ "a"]', '["\\u0061"]', "[NaN]", '{"a": 1}']
)
def test_a_cursor_that_no_list_made_is_400(
    gets: dict[type, Get], service: type, path: str, inner: str
) -> None:
    answer = gets[service](f"{LISTS[path]}cursor={encoded(inner.encode())}")
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/cursor-refused")


@pytest.mark.parametrize(("service", "path"), PAGED)
def test_a_cursor_of_ours_leads_to_a_page(gets: dict[type, Get], service: type, path: str) -> None:
    assert gets[service](f"{LISTS[path]}cursor={cursor_after(['张湾村'])}").status_code == 200


@pytest.mark.parametrize(("service", "path"), WITH_PARTS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.one_of(st.text(min_size=1, max_size=12), st.binary(min_size=1, max_size=8)))
def test_an_odd_part_of_a_path_names_nothing(
    gets: dict[type, Get], service: type, path: str, part: str | bytes
) -> None:
    raw = part if isinstance(part, bytes) else part.encode()
    quoted = "".join(f"%{byte:02X}" for byte in raw)
    asked = "/".join(quoted if step.startswith("<") else step for step in path.split("/"))
    assert gets[service](asked).status_code in (400, 403, 404, 422)
