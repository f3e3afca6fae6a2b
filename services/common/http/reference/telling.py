"""What a route says of itself beside its place in the table: its name, its answer, its refusals."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from marshmallow import Schema

from services.common.errors import Refused, ShaobaoError
from services.common.http.routes import RouteSpec, routes_of

NOTED_AS: Final = "shaobao_told"
JSON: Final = "application/json"

Method = TypeVar("Method", bound=Callable[..., Any])


class Untold(ShaobaoError):
    """A route doesn't say what it answers. Put `@tells(...)` right below its `@route`."""


@dataclass(frozen=True, slots=True)
class RouteTold:
    """What a route says of itself. `zh`: what it does; the docstring says it in English."""

    zh: str
    answer: type[Schema] | None = None  #: None: text or bytes of type `media`
    refuses: tuple[type[Refused], ...] = ()  #: beyond what the edge refuses (refusals.py)
    status: int = 200
    media: str = JSON
    otherwise: Mapping[int, type[Schema]] = field(default_factory=dict)  #: other answers


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a service's reference."""

    spec: RouteSpec
    name: str  #: of the method
    en: str  #: its docstring's first sentence
    told: RouteTold


def tells(
    zh: str,
    answer: type[Schema] | None = None,
    *,
    refuses: Iterable[type[Refused]] = (),
    status: int = 200,
    media: str = JSON,
    otherwise: Mapping[int, type[Schema]] | None = None,
) -> Callable[[Method], Method]:
    """Note on the method below, which `route` then serves, what it answers."""
    told = RouteTold(zh, answer, tuple(refuses), status, media, otherwise or {})

    def decorate(function: Method) -> Method:
        setattr(function, NOTED_AS, told)
        return function

    return decorate


def operations_of(service_cls: type) -> list[Operation]:
    """Return every route of a service, by path and method.

    Raises:
        Untold: A route says nothing of itself.
    """
    rows = [_operation(service_cls, bound.spec, bound.target) for bound in routes_of(service_cls)]
    return sorted(rows, key=lambda row: (row.spec.path, row.spec.method))


def _operation(service_cls: type, spec: RouteSpec, name: str) -> Operation:
    method = getattr(service_cls, name)
    told = getattr(method, NOTED_AS, None)
    said = (inspect.getdoc(method) or "").partition("\n")[0].removesuffix(".")
    if told is None or not said:
        raise Untold(service=service_cls.__name__, route=f"{spec.method} {spec.path}")
    return Operation(spec, name, said, told)
