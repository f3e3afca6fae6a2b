"""The compose files as values."""

from pathlib import Path
from typing import Any, Final

import yaml

from services.terminal.environment import CHECKOUT

DEPLOY: Final = CHECKOUT / "deploy"
COMPOSE: Final = CHECKOUT / "docker-compose.yml"
DEMO: Final = DEPLOY / "compose.demo.yml"
JOBS: Final = frozenset({"prepare", "cli", "setup"})
OURS: Final = ("intake", "dispatch", "escalation", "metrics")


def read(file: Path) -> dict[str, Any]:
    """Return a file with its anchors merged."""
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def services(file: Path = COMPOSE) -> dict[str, dict[str, Any]]:
    """Return the services of `file` by name."""
    found: dict[str, dict[str, Any]] = read(file)["services"]
    return found


def secrets_of(service: dict[str, Any]) -> set[str]:
    """Return the names of the secrets that a service gets."""
    given = service.get("secrets", [])
    return {each if isinstance(each, str) else each["source"] for each in given}
