"""`@route`: the nameko entry point over our own application. Thin on purpose.

nameko's own handler reads chunked bodies as empty, shows the exception's text in a 500, answers
OPTIONS with 405 and lets a slow body hold a worker; so only its containers and workers are used.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from eventlet import Timeout
from eventlet.event import Event
from marshmallow import Schema
from nameko.containers import WorkerContext
from nameko.extensions import Entrypoint, register_entrypoint

from services.common.errors import ShaobaoError
from services.common.http.call import Answer, HttpCall
from services.common.http.routes import Bound, RouteSpec, note
from services.common.http.server import DrainingWebServer
from services.common.observability.logs import in_log_context


class MethodEscaped(ShaobaoError):
    """A method raised what no `except Exception` holds; nameko would stop the whole process."""


Method = TypeVar("Method", bound=Callable[[Any, HttpCall], Answer])


def route(
    method: str,
    path: str,
    *,
    body: Schema | type[Schema] | None = None,
    query: Schema | type[Schema] | None = None,
    roles: Iterable[str] | None = None,
    keyed: bool = True,
    vital: bool = False,
) -> Callable[[Method], Method]:
    """Serve `path` with the method below: `def name(self, call: HttpCall) -> Answer`.

    Schemas are built once, here. `roles`, `keyed` and `vital` as in `RouteSpec`.
    """
    spec = RouteSpec(
        method=method,
        path=path,
        body=_built(body),
        query=_built(query),
        roles=None if roles is None else frozenset(roles),
        keyed=keyed,
        vital=vital,
    )

    def decorate(function: Method) -> Method:
        @wraps(function)
        def traced(service: Any, call: HttpCall) -> Answer:
            try:
                with in_log_context(correlation=call.correlation_id):
                    return function(service, call)
            except (SystemExit, Timeout) as error:
                raise MethodEscaped from error

        note(traced, spec)
        register_entrypoint(traced, Route(spec))
        return traced  # type: ignore[return-value]

    return decorate


def _built(schema: Schema | type[Schema] | None) -> Schema | None:
    return schema() if isinstance(schema, type) else schema


class Route(Entrypoint):  # type: ignore[misc]
    """One route of a nameko service."""

    server = DrainingWebServer()

    def __init__(self, spec: RouteSpec) -> None:
        # Whatever is raised is answered and logged by the application; nameko need not shout too.
        super().__init__(expected_exceptions=(Exception,))
        self.spec = spec

    def setup(self) -> None:
        """Join the server."""
        self.server.register_provider(self)

    def stop(self) -> None:
        """Let requests in flight finish, take no new ones; only then may dependencies stop."""
        self.server.drain()
        self.server.unregister_provider(self)

    def bound(self) -> Bound:
        """Return this entry point as a row of the route table."""
        return Bound(self.spec, self)

    def run(self, call: HttpCall) -> Answer:
        """Run the service's method and return or raise what it did.

        In a worker of the container; what tells of the process itself, beside them: a reply that
        waits for a frozen database keeps a worker, and the queue may keep them all.
        """
        return self._beside_workers(call) if self.spec.vital else self._in_a_worker(call)

    def _beside_workers(self, call: HttpCall) -> Answer:
        service = self.container.service_cls()
        context = WorkerContext(self.container, service, self, (call,))
        for provider in self.container.dependencies:
            setattr(service, provider.attr_name, provider.get_dependency(context))
        answer: Answer = getattr(service, self.method_name)(call)
        return answer

    def _in_a_worker(self, call: HttpCall) -> Answer:
        done = Event()

        def handle_result(_: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send(result, exc_info)
            return result, exc_info

        self.container.spawn_worker(
            self,
            (call,),
            {},
            context_data={"correlation": call.correlation_id},
            handle_result=handle_result,
        )
        answer: Answer = done.wait()
        return answer
