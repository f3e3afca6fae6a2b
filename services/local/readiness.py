"""Asking services whether they are ready."""

from collections.abc import Iterable

import httpx

from services.local.service_table import Service

ANSWER_SECONDS = 3.0


def is_ready(service: Service) -> bool:
    """Whether `/health/ready` answers 200 now."""
    try:
        answer = httpx.get(
            f"{service.address}/health/ready", timeout=ANSWER_SECONDS, trust_env=False
        )
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK


def not_ready(services: Iterable[Service]) -> list[str]:
    """The names of those that aren't."""
    return [service.name for service in services if not is_ready(service)]
