"""`docs/api.md`, made from the services' own reference: python -m services.documents.api"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from services.common.errors import Refused
from services.common.http.reference.answers import EXAMPLES
from services.common.http.reference.document import (
    RUNNING,
    document_of,
    path_of,
    tag_of,
    tags_of,
)
from services.common.http.reference.introduction import chapters
from services.common.http.reference.refusals import OF_ANY_REQUEST, refusals_of
from services.common.http.reference.telling import Operation, operations_of
from services.common.http.routes import RECEIPT_ROLE
from services.dispatch.service import DispatchService
from services.escalation.service import EscalationService
from services.intake.service import IntakeService
from services.local.service_table import HTTP_PORTS
from services.metrics.service import MetricsService
from services.terminal.environment import CHECKOUT

PATH: Final = CHECKOUT / "docs" / "api.md"
SERVICES: Final[tuple[Any, ...]] = (
    IntakeService,
    DispatchService,
    EscalationService,
    MetricsService,
)
HEAD: Final = """\
# HTTP API 接口

Generated from the route tables and schemas by `python -m services.documents.api`; a test says \
that it is current. Don't edit it. 由路由表与数据结构生成，请勿手改。

Each service tells the same of itself: `/openapi.json` (OpenAPI 3.1) and `/docs`, a page that \
tries calls, both without a token. [One order, driven by curl](first-order.md) shows the way from \
a complaint to its end.
"""
#: Refusals that the edge gives alike on every route; told once, not in every row.
_EVERYWHERE: Final = re.compile(
    r"token-.*|authorization-malformed|role-not-allowed|if-match-malformed|body-malformed"
    r"|body-unexpected|content-type-unknown|values-refused|query-refused|cursor-refused"
    r"|idempotency-key-(missing|malformed|reused)|version-moved"
)
_EVERY: Final = "every service"
_COMMON: Final = frozenset({each.__name__ for each in EXAMPLES} | {"Problem", "Fault"})
Json = dict[str, Any]


def document() -> str:
    """Return the whole document."""
    parts = [HEAD, *_addresses(), chapters(level=2), *_refusals()]
    for service in SERVICES:
        parts += _service(service)
    return "\n".join([*parts, *_of_every_service()]) + "\n"


def _addresses() -> Iterator[str]:
    yield "| service | under `./shaobao up` | reference | page |"
    yield "|---|---|---|---|"
    for service in SERVICES:
        at = f"http://127.0.0.1:{HTTP_PORTS[service.name]}"
        yield f"| [{service.name}](#{service.name}) | `{at}` | `{at}/openapi.json` | `{at}/docs` |"
    yield ""


# -- refusals ----------------------------------------------------------------------------------


def _refusals() -> Iterator[str]:
    yield "## Refusals 拒绝"
    yield ""
    yield "By the last part of `type`. Words in braces are facts that stand beside it."
    yield ""
    yield "| slug | status | meaning | 含义 |"
    yield "|---|---|---|---|"
    for each in sorted(_all_refusals(), key=lambda each: (each.status, each.slug)):
        yield f"| `{each.slug}` | {each.status} | {each.en} | {each.zh} |"
    yield ""


def _all_refusals() -> Iterable[type[Refused]]:
    """Return every refusal of every route, each slug and sentence once."""
    own = (
        each
        for service in SERVICES
        for operation in operations_of(service)
        for refusals in refusals_of(operation).values()
        for each in refusals
    )
    return {(each.slug, each.en): each for each in (*OF_ANY_REQUEST, *own)}.values()


# -- a service ---------------------------------------------------------------------------------


def _service(service: Any) -> Iterator[str]:
    operations = operations_of(service)
    yield f"## {service.name}"
    yield ""
    for tag in tags_of(operations):
        if tag != RUNNING:
            yield f"### {service.name}: {tag}"
            yield ""
            yield from _routes(service, [each for each in operations if tag_of(each) == tag])
    yield f"### {service.name}: bodies and answers 内容"
    yield ""
    for name, shape in _schemas(service).items():
        if name not in _COMMON:
            yield from _shape(service, name, shape)


def _of_every_service() -> Iterator[str]:
    """Yield what each service has alike: the routes of whoever runs it, and problems."""
    service = SERVICES[0]
    yield f"## {_EVERY}"
    yield ""
    running = [each for each in operations_of(service) if tag_of(each) == RUNNING]
    yield from _routes(service, running)
    for name, shape in _schemas(service).items():
        if name in _COMMON:
            yield from _shape(service, name, shape)


def _routes(service: Any, operations: Iterable[Operation]) -> Iterator[str]:
    yield "| route | what it does | who | takes | gives | may refuse |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(service, each) for each in operations)
    yield ""


def _row(service: Any, operation: Operation) -> str:
    cells = (
        f"`{operation.spec.method} {path_of(operation)}`",
        f"{operation.told.zh} {operation.en}",
        _who(operation.spec.roles),
        _takes(service, operation),
        _gives(service, operation),
        _refuses(operation),
    )
    return f"| {' | '.join(cells)} |"


def _who(roles: frozenset[str] | None) -> str:
    if roles is None:
        return "all"
    words = [f"`{role}`" for role in sorted(roles - {RECEIPT_ROLE})]
    return ", ".join([*words, *(["receipt"] if RECEIPT_ROLE in roles else [])])


def _takes(service: Any, operation: Operation) -> str:
    """Return the query's parameters (`*`: must be given), or where the body's fields stand."""
    spec = operation.spec
    if spec.body is not None:
        return _link(service, type(spec.body).__name__)
    fields = spec.query.fields.items() if spec.query is not None else ()
    names = [f"`{name}`{'*' if each.required else ''}" for name, each in fields]
    return ", ".join(names) or "-"


def _gives(service: Any, operation: Operation) -> str:
    told = operation.told
    if told.answer is None:
        return f"{told.status} `{told.media.partition(';')[0]}`"
    return f"{told.status} {_link(service, told.answer.__name__)}"


def _refuses(operation: Operation) -> str:
    slugs = [each.slug for found in refusals_of(operation).values() for each in found]
    own = [f"`{slug}`" for slug in slugs if not _EVERYWHERE.fullmatch(slug)]
    return ", ".join(own) or "-"


# -- shapes ------------------------------------------------------------------------------------


def _schemas(service: Any) -> Json:
    """Return the service's schemas by name, in order."""
    return dict(sorted(document_of(service)["components"]["schemas"].items()))


def _shape(service: Any, name: str, shape: Json) -> Iterator[str]:
    yield f"#### {_heading(service, name)}"
    yield ""
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    needed = shape.get("required", [])
    for field, found in shape.get("properties", {}).items():
        absent = "" if field in needed else "; may be absent"
        yield f"| `{field}` | {_type(service, found)} | {found['description']}{absent} |"
    yield ""


def _heading(service: Any, shape: str) -> str:
    return f"{_EVERY if shape in _COMMON else service.name}: {shape}"


def _type(service: Any, found: Json) -> str:
    """Return the type of a field as people read it."""
    match found:
        case {"anyOf": [inner, {"type": "null"}]}:
            return f"{_type(service, inner)} or null"
        case {"type": [kind, "null"]}:
            return f"{_type(service, {**found, 'type': kind})} or null"
        case {"$ref": ref}:
            return _link(service, ref.rpartition("/")[2])
        case {"enum": words}:
            return ", ".join(f"`{word}`" for word in words)
        case _:
            return _plain_type(service, found)


def _plain_type(service: Any, found: Json) -> str:
    match found:
        case {"type": "array", "items": inner}:
            return f"list of {_type(service, inner)}"
        case {"type": "object", "additionalProperties": dict() as inner} if inner:
            return f"object of {_type(service, inner)}"
        case {"type": str() as kind}:
            return f"{_KINDS[str(found.get('format', kind))]}{_limits(found)}"
        case _:
            return "anything"


_KINDS: Final = {
    "string": "text", "integer": "integer", "boolean": "true or false", "object": "object",
    "date-time": "time", "uuid": "UUID",
}  # fmt: skip


def _limits(found: Json) -> str:
    low = found.get("minimum", found.get("minLength"))
    high = found.get("maximum", found.get("maxLength"))
    if high is None:
        return "" if low is None else f" from {low}"
    return f" up to {high}" if low is None else f" {low}-{high}"


def _link(service: Any, shape: str) -> str:
    anchor = _heading(service, shape).lower().replace(":", "").replace(" ", "-")
    return f"[{shape}](#{anchor})"


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
