"""Each service's OpenAPI document says what its route table, its schemas and its errors say."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from marshmallow import Schema
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.common.errors import Refused
from services.common.http.entrypoint import route
from services.common.http.reference.document import document_of, path_of
from services.common.http.reference.meanings import MEANINGS
from services.common.http.reference.refusals import refusals_of
from services.common.http.reference.telling import Operation, Untold, operations_of
from services.dispatch.service import DispatchService
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.metrics.service import MetricsService
from tests.support.described import OPEN_SHAPES, document, strict

SERVICES = (IntakeService, DispatchService, EscalationService, MetricsService)
#: Refusals that only reactions meet: no route leads to them.
OF_REACTIONS = {
    "asked-about-already", "asked-again-meanwhile",
    "raise-not-open", "whistle-not-open", "another-resolution-judged",
}  # fmt: skip
ROUTES = [
    pytest.param(service, each, id=f"{service.name} {each.spec.method} {each.spec.path}")
    for service in SERVICES
    for each in operations_of(service)
]


def told(service: Any, operation: Operation) -> Any:
    """Return what the document says of a route."""
    return document(service)["paths"][path_of(operation)][operation.spec.method.lower()]


def whole(service: Any, found: Any) -> Any:
    """Return what a reference in the document leads to."""
    if "$ref" not in found:
        return found
    _, kind, name = found["$ref"].removeprefix("#/").split("/")
    return document(service)["components"][kind][name]


def parameters(service: Any, operation: Operation, place: str) -> dict[str, Any]:
    """Return the parameters of a route in `place` (path, query or header), by name."""
    found = (whole(service, each) for each in told(service, operation)["parameters"])
    return {each["name"]: each for each in found if each["in"] == place}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_the_document_is_valid_openapi_3_1(service: Any) -> None:
    assert document(service)["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document(service)).iter_errors()) == []


@pytest.mark.parametrize(("service", "operation"), ROUTES)
def test_every_route_is_told_with_its_parameters(service: Any, operation: Operation) -> None:
    spec = operation.spec
    assert set(parameters(service, operation, "path")) == set(re.findall(r"<(\w+)>", spec.path))
    asked = set() if spec.query is None else set(spec.query.fields)
    assert set(parameters(service, operation, "query")) == asked
    for each in parameters(service, operation, "query").values():
        assert each["description"]
    assert re.search("[一-鿿]", told(service, operation)["summary"]), "in Chinese too"


@pytest.mark.parametrize(("service", "operation"), ROUTES)
def test_every_route_says_which_headers_it_needs(service: Any, operation: Operation) -> None:
    found = parameters(service, operation, "header")
    command = operation.spec.method == "POST"
    needed = {name for name, each in found.items() if each.get("required")}
    assert needed == ({"Idempotency-Key"} if command else set())
    optional = {"X-Correlation-ID"} | ({"If-Match"} if command else set())
    assert set(found) == needed | optional


@pytest.mark.parametrize(("service", "operation"), ROUTES)
def test_every_route_says_who_may(service: Any, operation: Operation) -> None:
    roles, found = operation.spec.roles, told(service, operation)
    assert found.get("x-roles", []) == sorted(roles or ())
    ways = {name for each in found["security"] for name in each}
    if roles is None:
        assert not found["security"] or {} in found["security"]
        assert "403" not in found["responses"] or operation.told.refuses
    else:
        assert {} not in found["security"]
        assert ways == {"bearer", "receipt"} if "reporter" in roles else {"bearer"}
        assert {"401", "403"} <= set(found["responses"])


@pytest.mark.parametrize(("service", "operation"), ROUTES)
def test_every_body_has_its_schema_and_an_example_that_the_route_would_load(
    service: Any, operation: Operation
) -> None:
    body = operation.spec.body
    if body is None:
        assert "requestBody" not in told(service, operation)
        return
    [content] = told(service, operation)["requestBody"]["content"].values()
    shape = whole(service, content["schema"])
    assert set(shape["properties"]) == set(body.fields)
    assert set(shape.get("required", [])) == {
        name for name, each in body.fields.items() if each.required
    }
    assert shape["additionalProperties"] is False
    body.load(content["example"])
    assert faults(service, content["schema"], content["example"]) == []


@pytest.mark.parametrize(("service", "operation"), ROUTES)
def test_every_success_has_a_schema_and_an_example_that_fits(
    service: Any, operation: Operation
) -> None:
    responses = told(service, operation)["responses"]
    [success] = [each for status, each in responses.items() if status.startswith("2")]
    [(media, content)] = success["content"].items()
    if operation.told.answer is None:
        assert media == operation.told.media
        return
    assert content["schema"]["$ref"].endswith(f"/{operation.told.answer.__name__}")
    assert faults(service, content["schema"], content["example"]) == []


@pytest.mark.parametrize(("service", "operation"), ROUTES)
def test_every_refusal_of_a_route_is_a_problem_with_an_example(
    service: Any, operation: Operation
) -> None:
    responses = told(service, operation)["responses"]
    for status, refusals in refusals_of(operation).items():
        [(media, content)] = whole(service, responses[str(status)])["content"].items()
        assert media == "application/problem+json"
        assert set(content["examples"]) == {each.slug for each in refusals}
        for found in content["examples"].values():
            value = whole(service, found)["value"]
            assert value["status"] == status
            assert faults(service, content["schema"], value) == []
    assert "503" in responses
    assert "default" in responses


def faults(service: Any, schema: Any, value: Any) -> list[str]:
    """Return what is wrong with `value`, answers closed."""
    validator = Draft202012Validator(
        {**schema, "components": strict(service)["components"]}, format_checker=FormatChecker()
    )
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)]


def refusals_known() -> Iterator[type[Refused]]:
    """Yield every refusal of the services' own rules and views."""
    names = (
        "dispatch.domain.errors", "escalation.errors", "escalation.reading",
        "intake.domain.errors", "metrics.errors", "common.chart.errors", "common.errors",
        "common.eventlog.deciding",
    )  # fmt: skip
    for name in names:
        for found in vars(importlib.import_module(f"services.{name}")).values():
            if isinstance(found, type) and issubclass(found, Refused) and "slug" in vars(found):
                yield found


def test_every_refusal_that_a_caller_can_meet_is_told_somewhere() -> None:
    somewhere = {
        each.slug
        for service in SERVICES
        for operation in operations_of(service)
        for refusals in refusals_of(operation).values()
        for each in refusals
    }
    general = {"refused", "forbidden"}  # never raised as such
    known = {each.slug for each in refusals_known()}
    assert known - somewhere == OF_REACTIONS | general


def test_no_meaning_and_no_example_is_left_over() -> None:
    shapes = [shape for service in SERVICES for shape in _shapes(service)]
    there = {name for _, fields in shapes for name in fields}
    there |= {f"{schema}.{name}" for schema, fields in shapes for name in fields}
    assert set(MEANINGS) - there == set()
    for service in SERVICES:
        answers = {each.told.answer for each in operations_of(service)}
        bodies = {type(each.spec.body) for each in operations_of(service)}
        assert set(service.examples) <= {*answers, *bodies}


def _shapes(service: Any) -> Iterator[tuple[str, set[str]]]:
    for name, shape in document(service)["components"]["schemas"].items():
        yield name, set(shape.get("properties", ()))
    for operation in operations_of(service):
        yield "Path", set(parameters(service, operation, "path"))
        if operation.spec.query is not None:
            yield type(operation.spec.query).__name__, set(operation.spec.query.fields)


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_field_says_what_it_means_in_chinese(service: Any) -> None:
    for name, shape in document(service)["components"]["schemas"].items():
        for field, found in shape.get("properties", {}).items():
            assert re.search("[一-鿿]", found["description"]), f"{name}.{field}"


def test_answers_are_open_to_later_fields_and_bodies_are_not() -> None:
    for service in SERVICES:
        bodies = {type(each.spec.body).__name__ for each in operations_of(service)}
        for name, shape in document(service)["components"]["schemas"].items():
            if name in bodies:
                assert shape["additionalProperties"] is False
            elif name in OPEN_SHAPES:
                assert "additionalProperties" not in shape


def test_a_route_that_does_not_say_what_it_answers_makes_no_document() -> None:
    class Silent:
        name = "silent"
        examples: dict[type[Schema], Any] = {}  # noqa: RUF012

        @route("GET", "/v1/units")
        def units(self, _call: Any) -> Any:
            """Say nothing of the answer."""

    with pytest.raises(Untold, match="GET /v1/units"):
        document_of(Silent)
