"""Processes of metrics, as far as they export figures, on machine time that a test moves."""

from dataclasses import replace

from prometheus_client import CollectorRegistry, generate_latest

from services.common.work.leading import Leadership
from services.common.work.lease import MemoryLease
from services.common.work.tasks import Leased
from services.metrics.exporter import FigureCollector, FigureExport
from tests.support.examples_metrics import MetricsWorld


class Machine:
    """Machine time that a test moves."""

    now = 0.0

    def passes(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds

    def __call__(self) -> float:
        """Return it."""
        return self.now


class Replica:
    """One process of metrics: a registry, a collector, the task."""

    def __init__(
        self,
        world: MetricsWorld,
        lease: MemoryLease,
        machine: Machine,
        page_seconds: float = 0.0,
    ) -> None:
        """Begin with nothing shown; a page takes `page_seconds`."""
        self.registry = CollectorRegistry()
        leadership = Leadership(lease, machine)
        collector = FigureCollector(leadership, machine)
        self.registry.register(collector)
        books = replace(world.books, pause=lambda: machine.passes(page_seconds))
        export = FigureExport(books, world.followed, leadership, collector, machine)
        self.export = Leased(export, leadership, export.forget)

    def scraped(self, name: str, **labels: str) -> float | None:
        """Return the sample of a metric, None if it isn't shown."""
        return self.registry.get_sample_value(name, labels)

    def text(self) -> str:
        """Return everything that is shown."""
        return generate_latest(self.registry).decode()
