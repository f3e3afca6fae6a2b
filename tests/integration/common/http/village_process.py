"""A real nameko container over the edge, as a process of its own, as in production patched first.

Prints its port as the first line; stops on SIGTERM; prints `stopped` after its last handler.
"""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from marshmallow import Schema, fields  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.extensions import DependencyProvider  # noqa: E402
from prometheus_client import CollectorRegistry  # noqa: E402

from services.common.http.call import Answer, HttpCall  # noqa: E402
from services.common.http.entrypoint import Route, route  # noqa: E402
from services.common.http.health import HealthRoutes, Vitals  # noqa: E402
from services.common.http.host import SERVING, HttpHost, HttpServing, ServerLimits  # noqa: E402
from services.common.observability.logs import configure_logging  # noqa: E402
from services.common.observability.metrics import PlatformMetrics  # noqa: E402

LARGE_BYTES = 20_000_000
GATE = Path("gate")  #: what is held goes on when this is there
METRICS = PlatformMetrics(CollectorRegistry(), "village")


def _database_is_away() -> str | None:
    raise ConnectionError("mongodb://user:word@host")


class VitalsProvider(DependencyProvider):  # type: ignore[misc]
    """Gives the health routes what they show."""

    def get_dependency(self, _worker_ctx: Any) -> Vitals:
        checks = {"bus": lambda: None, "database": _database_is_away, "chart": lambda: "not read"}
        return Vitals(METRICS.registry, checks)


class Store(DependencyProvider):  # type: ignore[misc]
    """A store that handlers need until the last one is done."""

    is_open = True

    def get_dependency(self, _worker_ctx: Any) -> "Store":
        return self

    def stop(self) -> None:
        self.is_open = False


class Text(Schema):
    """A body of any length."""

    text = fields.String(required=True)


class VillageService(HealthRoutes):
    """Echoes, waits and breaks."""

    name = "village"
    vitals = VitalsProvider()
    store = Store()

    @route("POST", "/v1/echo", body=Text, keyed=False)
    def echo(self, call: HttpCall) -> Answer:
        return Answer(200, {"length": len(call.body["text"])})

    @route("GET", "/v1/waits/<seconds>")
    def wait(self, call: HttpCall) -> Answer:
        print("waiting", flush=True)  # noqa: T201
        eventlet.sleep(float(call.path["seconds"]))
        return Answer(200, {"store_is_open": self.store.is_open})

    @route("GET", "/v1/held")
    def hold(self, _call: HttpCall) -> Answer:
        print("waiting", flush=True)  # noqa: T201
        while not GATE.exists():
            eventlet.sleep(0.02)
        return Answer(200, {"store_is_open": self.store.is_open})

    @route("GET", "/v1/breaks")
    def break_down(self, _call: HttpCall) -> Answer:
        raise RuntimeError("secret of the house")

    @route("GET", "/v1/large")
    def large(self, _call: HttpCall) -> Answer:
        print("answering", flush=True)  # noqa: T201
        return Answer(200, b"x" * LARGE_BYTES, {"Content-Type": "text/plain"})

    @route("GET", "/v1/exits/<how>")
    def leave(self, call: HttpCall) -> Answer:
        raise SystemExit(1) if call.path["how"] == "exit" else eventlet.Timeout(None)

    @route("GET", "/v1/header")
    def header(self, _call: HttpCall) -> Answer:
        return Answer(200, {}, {"X-Place": "张湾村"})


def main() -> None:
    """Serve until told to stop. The argument is JSON: port, reuse_port, limits."""
    asked = json.loads(sys.argv[1])
    configure_logging("village", "INFO")
    limits = ServerLimits(
        header_seconds=asked.get("header_seconds", 1.0),
        body_seconds=asked.get("body_seconds", 1.0),
        idle_seconds=asked.get("idle_seconds", 1.5),
        drain_seconds=asked.get("drain_seconds", 8.0),
        connections=50,
        connections_per_address=asked.get("per_address", 50),
        reserve=5,
    )
    serving = HttpServing(
        address=("127.0.0.1", asked.get("port", 0)),
        host=HttpHost(observer=METRICS, body_limit_bytes=100_000),
        limits=limits,
        reuse_port=asked.get("reuse_port", False),
    )
    container = ServiceContainer(VillageService, {SERVING: serving, "max_workers": 2})
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGTERM, lambda *_: None)
    container.start()
    server = next(each.server for each in container.entrypoints if isinstance(each, Route))
    print(server.address[1], flush=True)  # noqa: T201
    # A handler that only spawns a greenlet wakes nobody: the hub may sleep for a minute.
    eventlet.hubs.trampoline(told, read=True)
    container.stop()
    print("stopped", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
