"""What a service class says it needs, and nameko gives it: parts built before the container.

class Dispatch(HealthRoutes):
    name = "dispatch"
    desk: Desk = given("desk")
    tasks = Background(given_tasks)
    doorbells = Doorbells(given_ear)
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nameko.extensions import DependencyProvider

from services.common.messaging.doorbells import Ear
from services.common.work.tasks import Task

#: Key in nameko's configuration: the parts of this process, by attribute name.
PARTS: Final = "SHAOBAO_PARTS"


class Given(DependencyProvider):  # type: ignore[misc]
    """Hands every worker the part of that name."""

    def __init__(self, part: str) -> None:
        self._part = part

    def get_dependency(self, worker_ctx: Any) -> Any:  # noqa: ARG002  nameko's signature
        """Return the part."""
        parts: Mapping[str, Any] = self.container.config[PARTS]
        return parts[self._part]


def given(part: str) -> Any:
    """Return a provider of `part`; its type is what the service class annotates."""
    return Given(part)


def given_tasks(container: Any) -> Iterable[Task]:
    """Return the tasks that run beside the entry points of this process."""
    tasks: Iterable[Task] = container.config[PARTS]["tasks"]
    return tasks


def given_ear(container: Any) -> Ear:
    """Return what hears the doorbells that come to this process."""
    ear: Ear = container.config[PARTS]["ear"]
    return ear
