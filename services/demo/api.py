"""The product's doors as a player sees them: HTTP with a token, a receipt's secret, or nothing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

import httpx

from services.common.contracts.streams import derived
from services.demo.cast import Person

Json = dict[str, Any]
TIMEOUT_SECONDS: Final = 10.0
#: Somebody was faster, or a list is behind: look again.
LATER: Final = frozenset({409, 412, 429, 503})


class Problem(Exception):
    """The product said no; `body` is the problem details."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {body.get('type')}: {body.get('detail')}")
        self.status = status
        self.body = body


class Api(Protocol):
    """One way to the four services."""

    def get(self, service: str, path: str, who: Person | None = None) -> Json:
        """Read. Raises Problem, or ConnectionError if nobody answers."""
        ...

    def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str,
        who: Person | None = None,
        receipt: str | None = None,
    ) -> Json:
        """Send a command under an idempotency key. Raises like `get`."""
        ...


class HttpApi:
    """Over the wire. `addresses`: service -> base URL; `token_of` gives a person's token."""

    def __init__(self, addresses: Mapping[str, str], token_of: Any) -> None:
        # Longer than the services take to say that their database is away; and never by a proxy.
        self._clients = {
            name: httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)
            for name, url in addresses.items()
        }
        self._token_of = token_of

    def get(self, service: str, path: str, who: Person | None = None) -> Json:
        """Read; see `Api`."""
        return self._asked(service, "GET", path, self._headers(who, None, None), None)

    def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str,
        who: Person | None = None,
        receipt: str | None = None,
    ) -> Json:
        """Send a command; see `Api`."""
        return self._asked(service, "POST", path, self._headers(who, key, receipt), body)

    def _headers(self, who: Person | None, key: str | None, receipt: str | None) -> dict[str, str]:
        found = {} if key is None else {"Idempotency-Key": key}
        if receipt is not None:
            return {**found, "Authorization": f"Receipt {receipt}"}
        if who is not None:
            return {**found, "Authorization": f"Bearer {self._token_of(who)}"}
        return found

    def _asked(
        self,
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None,
    ) -> Json:
        try:
            answer = self._clients[service].request(method, path, headers=headers, json=body)
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        return read(answer.status_code, answer.json())

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.close()


def read(status: int, body: Json) -> Json:
    """Return the body of a good answer.

    Raises:
        Problem: The product said no.
    """
    if status >= 400:
        raise Problem(status, body)
    return body


def key_for(*parts: str | int) -> str:
    """Return the idempotency key of an act: the same act, the same key."""
    return derived("story", *parts)


def pages(api: Api, service: str, path: str, who: Person) -> Iterator[Json]:
    """Yield the items of a list, page by page."""
    cursor = ""
    while True:
        found = api.get(service, f"{path}{cursor}", who)
        yield from found["items"]
        if not found.get("next_cursor"):
            return
        cursor = f"&cursor={found['next_cursor']}"
