"""Tables of routes: every command that people give is in one, and none is open by mistake."""

from typing import get_args

import pytest

from services.common.http.health import HealthRoutes
from services.common.http.routes import routes_of
from services.dispatch.domain import work_order_commands as orders
from services.dispatch.domain.work_order_steps import BY_PEOPLE, STEP_OF
from services.dispatch.service import DispatchService
from services.escalation.calls import commands as calls
from services.escalation.duties import rules as duties
from services.escalation.raises import rules as raises
from services.escalation.service import EscalationService
from services.escalation.whistles import commands as whistles
from services.intake.domain.request_commands import RequestCommand
from services.intake.service import IntakeService
from services.metrics.service import MetricsService

#: service -> every command of its aggregates
COMMANDS = {
    IntakeService: (RequestCommand,),
    DispatchService: (orders.Command,),
    EscalationService: (
        raises.RaiseCommand,
        whistles.WhistleCommand,
        calls.CallCommand,
        duties.DutyCommand,
    ),
}
#: service -> the commands that a refusal names to people as possible
ASKABLE = {
    DispatchService: BY_PEOPLE,
    EscalationService: (
        *raises.ASKABLE,
        *whistles.ASKABLE,
        *calls.ASKABLE,
        *duties.ASKABLE,
    ),
}
#: What anybody may ask without saying who it is.
OPEN = {
    "POST /v1/requests",
    "GET /v1/receipts/<code>",
    "GET /v1/units",
    "GET /v1/units/<code>",
    "GET /v1/categories",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/<name>",
}


def routed(service: type) -> set[str]:
    """Return the first word of what every route that changes something says of itself."""
    said = [
        (getattr(service, bound.target).__doc__ or "").split()[0].rstrip(",:")
        for bound in routes_of(service)
        if bound.spec.method == "POST"
    ]
    return set(said)


@pytest.mark.parametrize("service", COMMANDS, ids=lambda service: service.name)
def test_a_route_that_changes_something_names_its_command_first(
    service: type[HealthRoutes],
) -> None:
    known = {each.__name__ for union in COMMANDS[service] for each in get_args(union)}
    assert routed(service) <= known


@pytest.mark.parametrize("service", ASKABLE, ids=lambda service: service.name)
def test_every_command_that_is_told_as_possible_has_a_route(service: type[HealthRoutes]) -> None:
    assert {each.__name__ for each in ASKABLE[service]} <= routed(service)


def test_a_route_that_names_no_roles_is_one_that_is_open_to_all() -> None:
    found = {
        f"{bound.spec.method} {bound.spec.path}"
        for service in (*COMMANDS, MetricsService)
        for bound in routes_of(service)
        if bound.spec.roles is None
    }
    assert found == OPEN


def test_every_command_of_a_work_order_is_a_step_of_its_state_machine() -> None:
    assert set(STEP_OF) == set(get_args(orders.Command))


def test_every_command_that_a_unit_may_give_is_told_as_possible() -> None:
    assert set(BY_PEOPLE) == {
        *get_args(orders.HolderCommand),
        *get_args(orders.OtherUnitCommand),
    }
