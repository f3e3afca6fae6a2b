"""The few calls of RabbitMQ's management API that an operator's `apply` needs."""

from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from services.common.errors import Transient

_NOT_FOUND: Final = 404


class ManagementAway(Transient):
    """The management API is away or refused. Is the plugin on, and is the user an administrator?"""


class Management:
    """The management API, seen from one vhost. `uri` holds user and password.

    It is asked directly, whatever proxy the environment names: it lies beside the broker.
    """

    def __init__(self, uri: str, vhost: str = "/", timeout_seconds: float = 10.0) -> None:
        self.vhost = vhost
        self._client = httpx.Client(base_url=uri, timeout=timeout_seconds, trust_env=False)

    def get(self, *path: str) -> Any:
        """Return what is at `/api/<path>`, or None."""
        found = self._call("GET", path)
        return None if found.status_code == _NOT_FOUND else self._accepted(found).json()

    def put(self, *path: str, body: dict[str, Any]) -> None:
        """Create or replace what is at `/api/<path>`."""
        self._accepted(self._call("PUT", path, body))

    def delete(self, *path: str) -> None:
        """Remove what is at `/api/<path>`; nothing there is no error."""
        found = self._call("DELETE", path)
        if found.status_code != _NOT_FOUND:
            self._accepted(found)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _call(
        self, method: str, path: tuple[str, ...], body: dict[str, Any] | None = None
    ) -> httpx.Response:
        url = "/api/" + "/".join(quote(part, safe="") for part in path)
        try:
            return self._client.request(method, url, json=body)
        except httpx.HTTPError as error:
            raise ManagementAway(url=url, why=repr(error)) from error

    @staticmethod
    def _accepted(response: httpx.Response) -> httpx.Response:
        if response.is_error:
            raise ManagementAway(
                url=str(response.request.url.path), status=response.status_code, why=response.text
            )
        return response
