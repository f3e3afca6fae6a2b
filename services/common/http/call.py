"""What a route's method is given, and what it gives back. No driver, no framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.common.http.bodies import fingerprint_of

#: Who reads whatever there is; others read what concerns their unit.
READERS_OF_ALL: Final = ("auditor", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the bearer token says it."""

    person: str
    roles: frozenset[str]
    unit: str | None = None  #: unit code
    section: str | None = None  #: code of a town's section

    def has(self, *roles: str) -> bool:
        """Return whether the caller has at least one of `roles`."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request, checked: nothing in here is still to be parsed."""

    method: str
    route: str  #: template such as `/v1/work-orders/<work_order_id>`
    url_path: str  #: as asked for
    correlation_id: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)  #: as the query schema loaded it
    body: Any = None  #: as the body schema loaded it
    sent: Any = field(default=None, repr=False)  #: the JSON object before the schema
    caller: Caller | None = None
    receipt: str | None = field(default=None, repr=False)  #: secret; the handler verifies it
    key: str | None = None  #: Idempotency-Key
    if_match: int | None = None  #: version that the caller believes to be the newest

    @property
    def fingerprint(self) -> bytes:
        """What was asked for, in canonical bytes; may hold personal data, so store its HMAC."""
        return fingerprint_of(self.method, self.url_path, self.sent)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out. `body`: None (no content), bytes (as they are) or something JSON can say.

    Times become UTC ISO text with Z, UUIDs text. With bytes give a `Content-Type` yourself.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
