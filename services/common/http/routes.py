"""A route as data, what notes it on a method, and the table of a service's routes."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema
from werkzeug.exceptions import MethodNotAllowed as WrongMethod
from werkzeug.exceptions import NotFound as WrongPath
from werkzeug.routing import Map, Rule

from services.common.http.errors import MethodNotAllowed, NoSuchRoute
from services.common.http.fields.codes import is_code

NOTED_AS = "shaobao_routes"
#: Where a route without tokens still takes one: whoever holds a receipt's secret.
RECEIPT_ROLE = "reporter"
_LONGEST_PART = 128  #: characters of a value in a path


@dataclass(frozen=True, slots=True, eq=False)
class RouteSpec:
    """One route. `path` is a werkzeug rule such as `/v1/whistles/<whistle_id>`.

    `roles` None: open to all (a token is still checked if one is sent). Else the caller has one
    of them, or, where `reporter` is among them, sends `Authorization: Receipt <secret>`, which
    the method then verifies.
    """

    method: str
    path: str
    body: Schema | None = None
    query: Schema | None = None
    roles: frozenset[str] | None = None
    keyed: bool = True  #: a POST needs an Idempotency-Key
    vital: bool = False  #: health, metrics: answered though all else waits, and not logged


@dataclass(frozen=True, slots=True)
class Bound:
    """A route and what answers it: a method's name, or an entry point that knows it."""

    spec: RouteSpec
    target: Any


def routes_of(service_cls: type) -> list[Bound]:
    """Return the routes of a service's methods, inherited ones too, by method name."""
    return [
        Bound(spec, name)
        for name, method in inspect.getmembers(service_cls, inspect.isfunction)
        for spec in getattr(method, NOTED_AS, ())
    ]


def note(method: Callable[..., Any], spec: RouteSpec) -> None:
    """Note on `method` that it answers `spec`."""
    setattr(method, NOTED_AS, (*getattr(method, NOTED_AS, ()), spec))


class RouteTable:
    """Finds the route for a method and a path."""

    def __init__(self, routes: Iterable[Bound]) -> None:
        routes = list(routes)
        self.vital = frozenset(each.spec.path for each in routes if each.spec.vital)
        rules = list(self._rules(routes))
        self._adapter = Map(rules, strict_slashes=True, merge_slashes=False).bind("shaobao")

    @staticmethod
    def _rules(routes: Iterable[Bound]) -> Iterator[Rule]:
        for route in routes:
            yield Rule(route.spec.path, methods=[route.spec.method], endpoint=route)

    def find(self, method: str, path: str) -> tuple[Bound, dict[str, str]]:
        """Return the route and the values in its path.

        A value that has no id's form names nothing: it is not asked for anywhere.

        Raises:
            NoSuchRoute, MethodNotAllowed.
        """
        try:
            route, values = self._adapter.match(path, method)
        except WrongMethod as error:
            raise MethodNotAllowed(allowed=self.methods(path)) from error
        except WrongPath as error:
            raise NoSuchRoute from error
        if not all(is_code(value, _LONGEST_PART) for value in values.values()):
            raise NoSuchRoute
        return route, {name: str(value) for name, value in values.items()}

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods that `path` takes, OPTIONS among them; empty if it is unknown."""
        found = set(self._adapter.allowed_methods(path))
        return tuple(sorted(found | {"OPTIONS"})) if found else ()
