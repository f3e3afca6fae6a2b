"""A service's OpenAPI 3.1 document, made by apispec from its route table and its schemas."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import chain
from typing import Any, Final

from apispec import APISpec
from marshmallow import Schema

from services.common.errors import Refused
from services.common.http.problems import PROBLEM_TYPE, sample, title_zh, unavailable_sample
from services.common.http.reference import introduction
from services.common.http.reference.answers import EXAMPLES, Problem
from services.common.http.reference.headers import HEADERS, PARAMETERS, SCHEMES, WIRE_NAMES, ref
from services.common.http.reference.meanings import meaning_of
from services.common.http.reference.refusals import OF_ANY_REQUEST, is_command, refusals_of
from services.common.http.reference.shapes import Shapes, name_of
from services.common.http.reference.telling import JSON, Operation, operations_of
from services.common.http.routes import RECEIPT_ROLE

OPENAPI: Final = "3.1.0"
VERSION: Final = "1"  #: of the API, as in /v1
_PARAMETER: Final = re.compile(r"<(\w+)>")
#: By the first word of a path below /v1; everything else is for whoever runs the service.
TAGS: Final[Mapping[str, str]] = {
    "requests": "诉求 requests", "receipts": "回执 receipts", "work-orders": "工单 work orders",
    "raises": "上报 raises", "whistles": "吹哨 whistles", "calls": "呼叫 calls",
    "phone-list": "呼叫 calls", "duties": "常态巡查 standing duties", "clocks": "时钟 clocks",
    "escalations": "时钟 clocks", "kpis": "指标 figures", "units": "单位 units",
    "categories": "问题分类 categories",
}  # fmt: skip
RUNNING: Final = "运维 running"
Json = dict[str, Any]
Examples = Mapping[type[Schema], Any]


def document_of(service_cls: Any) -> Json:
    """Return the document of a service class, which has `name` and `examples`.

    Raises:
        Untold: A route doesn't say what it answers.
        KeyError: A field is without a meaning, or a schema without an example.
    """
    operations = operations_of(service_cls)
    examples = {**EXAMPLES, **service_cls.examples}
    spec = _empty(service_cls, operations)
    for each in operations:
        told = _operation(each, examples)
        spec.path(path=path_of(each), operations={each.spec.method.lower(): told})
    made: Json = json.loads(json.dumps(spec.to_dict()))
    return made


def path_of(operation: Operation) -> str:
    """Return the path as OpenAPI writes it: `/v1/units/{code}`."""
    return _PARAMETER.sub(r"{\1}", operation.spec.path)


def tag_of(operation: Operation) -> str:
    """Return what the route is about."""
    words = operation.spec.path.split("/")
    return TAGS[words[2]] if words[1] == "v1" else RUNNING


def tags_of(operations: Iterable[Operation]) -> list[str]:
    """Return what the routes are about, in the order of a matter's life."""
    there = {tag_of(each) for each in operations}
    return [tag for tag in dict.fromkeys((*TAGS.values(), RUNNING)) if tag in there]


def _empty(service_cls: Any, operations: Iterable[Operation]) -> APISpec:
    """Return a document without a path."""
    spec = APISpec(
        title=f"哨报 Shaobao: {service_cls.name}",
        version=VERSION,
        openapi_version=OPENAPI,
        plugins=[Shapes()],
        info={
            "description": introduction.IN_SHORT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        servers=[{"url": "/"}],
        tags=[{"name": name} for name in tags_of(operations)],
    )
    ways = {way for each in operations for named in _security(each) for way in named}
    for name in sorted(ways):
        spec.components.security_scheme(name, dict(SCHEMES[name]))
    for name, header in HEADERS.items():
        spec.components.header(name, dict(header))
    for name, parameter in PARAMETERS.items():
        spec.components.parameter(name, "header", dict(parameter))
    _add_problems(spec, operations)
    return spec


def _add_problems(spec: APISpec, operations: Iterable[Operation]) -> None:
    """Add an example of each refusal, and the two answers that every route can come to."""
    own = (refusals for each in operations for refusals in refusals_of(each).values())
    for refusal in dict.fromkeys(chain(*own, OF_ANY_REQUEST)):
        spec.components.example(refusal.slug, {"value": sample(refusal)})
    spec.components.example("unavailable", {"value": unavailable_sample()})
    away = _problem(f"{title_zh(503)} Service Unavailable", ["unavailable"], "RetryAfter")
    spec.components.response("Unavailable", away)
    others = [each.slug for each in OF_ANY_REQUEST]
    spec.components.response("AnyOther", _problem("其他错误 Any other problem", others))


def _operation(operation: Operation, examples: Examples) -> Json:
    spec, told = operation.spec, operation.told
    found: Json = {
        "operationId": operation.name,
        "tags": [tag_of(operation)],
        "summary": f"{told.zh} {operation.en}",
        "description": _who_may(spec.roles),
        "parameters": list(_parameters(operation)),
        "security": _security(operation),
        "responses": _responses(operation, examples),
    }
    if spec.roles is not None:
        found["x-roles"] = sorted(spec.roles)
    if spec.body is not None:
        content = {JSON: {"schema": spec.body, "example": examples[type(spec.body)]}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _who_may(roles: frozenset[str] | None) -> str:
    if roles is None:
        return "Open to all. 无需令牌。"
    named = ", ".join(f"`{role}`" for role in sorted(roles - {RECEIPT_ROLE}))
    reporter = " Or the reporter, by the receipt's secret." if RECEIPT_ROLE in roles else ""
    return f"For 角色: {named}.{reporter}"


def _security(operation: Operation) -> list[Json]:
    """Return the ways to say who one is; an empty one where nobody has to."""
    roles = operation.spec.roles
    if roles is None:
        return [{}, {"bearer": []}] if is_command(operation.spec) else []
    receipt: list[Json] = [{"receipt": []}] if RECEIPT_ROLE in roles else []
    return [{"bearer": []}, *receipt]


def _parameters(operation: Operation) -> Iterator[Any]:
    spec = operation.spec
    for name in _PARAMETER.findall(spec.path):
        yield _path_parameter(name)
    if spec.query is not None:
        yield {"in": "query", "schema": spec.query}
    if is_command(spec):
        yield "IdempotencyKey"
        yield "IfMatch"
    yield "CorrelationID"


def _path_parameter(name: str) -> Json:
    found = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    return {**found, "description": meaning_of("Path", name)}


# -- answers -----------------------------------------------------------------------------------


def _responses(operation: Operation, examples: Examples) -> Json:
    told = operation.told
    found: dict[int, Any] = {told.status: _success(operation, examples)}
    for status, shape in told.otherwise.items():
        found[status] = _answer(status, shape, examples)
    for status, refusals in refusals_of(operation).items():
        found[status] = _refusal(status, refusals)
    found.setdefault(503, "Unavailable")
    responses = {str(status): found[status] for status in sorted(found)}
    return {**responses, "default": "AnyOther"}


def _success(operation: Operation, examples: Examples) -> Json:
    told = operation.told
    if told.answer is None:
        content: Json = {told.media: {"schema": {"type": "string"}}}
        return {"description": told.zh, "content": content, "headers": _headers()}
    found = _answer(told.status, told.answer, examples)
    versioned = is_command(operation.spec) or "version" in told.answer().fields
    names = [*(["Location"] if told.status == HTTPStatus.CREATED else []),
             *(["ETag"] if versioned else [])]  # fmt: skip
    return {**found, "headers": _headers(*names)}


def _answer(status: int, shape: type[Schema], examples: Examples) -> Json:
    return {
        "description": f"{HTTPStatus(status).phrase}: {name_of(shape)}",
        "content": {JSON: {"schema": shape, "example": examples[shape]}},
        "headers": _headers(),
    }


def _headers(*names: str) -> Json:
    return {WIRE_NAMES[name]: ref("headers", name) for name in (*names, "CorrelationID")}


def _refusal(status: int, refusals: Iterable[type[Refused]]) -> Json:
    """Return a problem answer: which slugs, and an example of each."""
    slugs = [each.slug for each in refusals]
    told = ", ".join(f"`{slug}`" for slug in slugs)
    names = ["WWWAuthenticate"] if status == HTTPStatus.UNAUTHORIZED else []
    description = f"{title_zh(status)} {HTTPStatus(status).phrase}: {told}"
    return _problem(description, slugs, *names)


def _problem(description: str, slugs: Iterable[str], *headers: str) -> Json:
    examples = {slug: ref("examples", slug) for slug in slugs}
    return {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": Problem, "examples": examples}},
        "headers": _headers(*headers),
    }
