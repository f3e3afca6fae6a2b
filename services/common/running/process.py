"""A service as a process: settings, logging, container, and a stop that loses nothing.

Entry scripts patch (eventlet) before any import and then call `run`.
"""

import gc
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import eventlet
import structlog
from eventlet.hubs import trampoline
from nameko.containers import ServiceContainer
from prometheus_client import CollectorRegistry

from services.common.config import EXIT_UNUSABLE, ServedSettings, UnusableSettings, read_settings
from services.common.errors import Transient
from services.common.http.host import SERVING, HttpHost, HttpServing, ServerLimits
from services.common.http.server import AddressTaken
from services.common.http.tokens import TokenVerifier, UnusableKeys, public_keys
from services.common.messaging.consuming import ON_CONNECTED
from services.common.messaging.entrypoint import ON_BURIED
from services.common.observability.logs import configure_logging
from services.common.observability.metrics import PlatformMetrics
from services.common.registry_files import RegistryFilesInvalid
from services.common.running.business_time import AnotherClock
from services.common.running.providers import PARTS
from services.common.vault.errors import UnusableMasterKeys
from services.common.work.background import ON_TASK_FAULT

S = TypeVar("S", bound=ServedSettings)
#: Builds a process's parts; called again and again while servers are away at start.
Build = Callable[[Any, PlatformMetrics], Mapping[str, Any]]
START_PAUSE_SECONDS = 1.0
#: For the collector of cycles: a service makes many objects and few cycles, and each look goes
#: through all that it remembers.
COLLECTED_AFTER = (50_000, 20, 20)
FILES_BESIDE_CONNECTIONS = 512  #: to the database and the broker, and whatever else is open


def run(service_cls: Any, kind: type[ServedSettings], build: Build) -> None:
    """Run `service_cls` until SIGTERM or SIGINT; return when everything in flight is finished."""
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        settings = read_settings(kind, os.environ)
    except UnusableSettings as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_UNUSABLE)
    configure_logging(service_cls.name, settings.log_level)
    log = structlog.stdlib.get_logger("services.process")
    try:
        container = _container(service_cls, settings, build)
    except (UnusableKeys, UnusableMasterKeys) as error:
        log.critical("unusable_keys", why=str(error))
        sys.exit(EXIT_UNUSABLE)
    except RegistryFilesInvalid as error:
        for fault in error.faults:
            log.critical("registry_fault", at=fault.at, why=fault.why.en, why_zh=fault.why.zh)
        sys.exit(EXIT_UNUSABLE)
    except AnotherClock as error:
        log.critical("another_clock", why=str(error), advice=error.__doc__)
        sys.exit(EXIT_UNUSABLE)
    address = ":".join(map(str, settings.http_address))
    try:
        run_container(container, started=lambda: log.info("started", listening_on=address))
    except AddressTaken as error:
        log.critical("address_taken", why=str(error))
        sys.exit(EXIT_UNUSABLE)
    log.info("stopped")


def run_container(container: ServiceContainer, started: Callable[[], None]) -> None:
    """Run until SIGTERM or SIGINT; return when everything in flight is finished."""
    asked, asking = _signals()
    container.start()
    started()
    eventlet.spawn(_died, container, asking)
    trampoline(asked, read=True)
    container.stop()


def _container(service_cls: Any, settings: ServedSettings, build: Build) -> ServiceContainer:
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
        SERVING: _serving(settings, host),
        PARTS: parts,
        ON_BURIED: metrics.dead_lettered,
        ON_CONNECTED: metrics.connected,
        ON_TASK_FAULT: metrics.task_failed,
    }
    return ServiceContainer(service_cls, config)


def _serving(settings: ServedSettings, host: HttpHost) -> HttpServing:
    limits = ServerLimits(
        connections=settings.http_connections,
        connections_per_address=settings.http_connections_per_address,
    )
    _allow_open_files(limits.connections + limits.reserve + FILES_BESIDE_CONNECTIONS)
    return HttpServing(settings.http_address, host, limits, settings.http_reuse_port)


def _allow_open_files(wanted: int) -> None:
    """Raise the soft limit of open files (often 1,024) to `wanted`, as far as the hard one goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))


def _built(build: Build, settings: ServedSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Build the parts; a database that is not there yet is waited for."""
    log = structlog.stdlib.get_logger("services.process")
    while True:
        try:
            return build(settings, metrics)
        except Transient as error:
            log.warning("waiting_to_start", why=str(error))
            eventlet.sleep(START_PAUSE_SECONDS)


def _signals() -> tuple[int, int]:
    """Turn SIGTERM and SIGINT into bytes on a pipe, which wakes a hub that sleeps.

    Return the pipe's ends: where to read, and where to write.
    """
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return reading, writing


def _died(container: ServiceContainer, asking: int) -> None:
    """Wait for the container's own end, and let the process end: somebody must start it anew."""
    try:
        container.wait()
    except Exception:
        structlog.stdlib.get_logger("services.process").critical("container_died", exc_info=True)
        raise
    finally:
        os.write(asking, b".")
