"""HTTP as cheap as a client can be, so that the client is not what is measured."""

import http.client
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]


class Refused(Exception):
    """The answer was no."""


class Door:
    """One kept-alive connection to one service. Not to be shared between threads."""

    def __init__(self, address: str) -> None:
        """Connect with the first request."""
        parts = urlsplit(address)
        self._line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)

    def post(
        self, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """Send a command under a key of its own.

        Raises:
            Refused: Any answer of 400 and above.
        """
        words = {"Idempotency-Key": str(uuid.uuid4())}
        if body is not None:
            words["Content-Type"] = "application/json"
        return self._asked(
            "POST",
            path,
            json.dumps(body) if body is not None else None,
            words | dict(headers or {}),
        )

    def _asked(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Json:
        try:
            status, found = self._sent(method, path, body, headers)
        except ConnectionError:  # hung up while idle; the key makes a repetition harmless
            self._line.close()
            status, found = self._sent(method, path, body, headers)
        if status >= 400:
            raise Refused(f"{method} {path}: {status} {found}")
        return found

    def _sent(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, Json]:
        self._line.request(method, path, body.encode() if body else None, dict(headers))
        answer = self._line.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        """Hang up."""
        self._line.close()
