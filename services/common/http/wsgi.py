"""A service's routes without nameko: for stories in one process, with werkzeug's test client.

Same table, same checks, same answers as over the wire; only sockets and workers are missing.
"""

from typing import Any

from services.common.http.application import HttpApplication
from services.common.http.call import Answer, HttpCall
from services.common.http.host import HttpHost
from services.common.http.routes import routes_of


def application(
    service_cls: type, *, http: HttpHost | None = None, **dependencies: Any
) -> HttpApplication:
    """Return a WSGI application over `service_cls`.

    `dependencies` take the place of the providers of the same attribute names. As with nameko,
    each request has a service object of its own.

    Raises:
        TypeError: A dependency is named that the class hasn't got.
    """
    unknown = [name for name in dependencies if not hasattr(service_cls, name)]
    if unknown:
        raise TypeError(f"{service_cls.__name__} has no dependency {', '.join(unknown)}")

    def invoke(name: str, call: HttpCall) -> Answer:
        service = service_cls()
        for attribute, dependency in dependencies.items():
            setattr(service, attribute, dependency)
        answer: Answer = getattr(service, name)(call)
        return answer

    return HttpApplication(routes_of(service_cls), http or HttpHost(), invoke)
