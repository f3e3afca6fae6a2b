"""A service as a process: settings, logging, container, and a stop that loses nothing.

Entry scripts patch (eventlet) before any import and then call `run`.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import eventlet
import structlog
from nameko.containers import ServiceContainer

from services.common.config import ServedSettings, UnusableSettings, read_settings
from services.common.errors import Transient
from services.common.http.host import SERVING, HttpHost, HttpServing
from services.common.http.tokens import TokenVerifier, UnusableKeys, public_keys
from services.common.observability.logs import configure_logging
from services.common.observability.metrics import PlatformMetrics
from services.common.running.providers import PARTS

S = TypeVar("S", bound=ServedSettings)
#: Builds a process's parts; called again and again while servers are away at start.
Build = Callable[[Any, PlatformMetrics], Mapping[str, Any]]
START_PAUSE_SECONDS = 1.0
EXIT_UNUSABLE = 78  #: EX_CONFIG: restarting without a change won't help


def run(service_cls: Any, kind: type[ServedSettings], build: Build) -> None:
    """Run `service_cls` until SIGTERM or SIGINT; return when everything in flight is finished."""
    try:
        settings = read_settings(kind, os.environ)
    except UnusableSettings as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_UNUSABLE)
    configure_logging(service_cls.name, settings.log_level)
    log = structlog.stdlib.get_logger("services.process")
    try:
        container = _container(service_cls, settings, build)
    except UnusableKeys as error:
        log.critical("unusable_keys", why=str(error))
        sys.exit(EXIT_UNUSABLE)
    stopping = eventlet.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: eventlet.spawn(_once, stopping))
    container.start()
    log.info("started", listening_on=":".join(map(str, settings.http_address)))
    eventlet.spawn(_tell_when_dead, container, stopping)
    stopping.wait()
    container.stop()
    log.info("stopped")


def _container(service_cls: Any, settings: ServedSettings, build: Build) -> ServiceContainer:
    from prometheus_client import CollectorRegistry  # noqa: PLC0415

    metrics = PlatformMetrics(CollectorRegistry(), service_cls.name)
    verifier = TokenVerifier(public_keys(settings.token_public_keys))
    host = HttpHost(
        tokens=verifier,
        observer=metrics,
        body_limit_bytes=settings.http_body_limit_bytes,
        allowed_origins=settings.http_allowed_origins,
    )
    parts = _built(build, settings, metrics)
    config = {
        "AMQP_URI": settings.amqp_uri,
        "max_workers": settings.max_workers,
        SERVING: HttpServing(settings.http_address, host, reuse_port=settings.http_reuse_port),
        PARTS: parts,
    }
    return ServiceContainer(service_cls, config)


def _built(build: Build, settings: ServedSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Build the parts; a database that is not there yet is waited for."""
    log = structlog.stdlib.get_logger("services.process")
    while True:
        try:
            return build(settings, metrics)
        except Transient as error:
            log.warning("waiting_to_start", why=str(error))
            eventlet.sleep(START_PAUSE_SECONDS)


def _once(stopping: Any) -> None:
    if not stopping.ready():
        stopping.send(True)


def _tell_when_dead(container: ServiceContainer, stopping: Any) -> None:
    """A container that dies by itself ends the process, so that somebody starts it anew."""
    try:
        container.wait()
    finally:
        _once(stopping)
