"""What each process may do in MongoDB, as data: one role a user, nothing beyond its work.

No role can remove from a log, and only its owner writes one. Giving positions needs `update`, so
that nothing is rewritten rests on `log verify` and on nobody else having the credentials.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.streams import LOGS, SERVICES

#: The operator's command line: it rebuilds read models and, told to replay, acts for a service.
OPERATOR: Final = "cli"
USERS: Final = (*SERVICES, OPERATOR)

READ: Final = ("find",)
#: Into a log, or a key: nothing is ever removed.
KEEP: Final = ("find", "insert", "update")
OWN_LOG: Final = (*KEEP, "createIndex")
OWN: Final = (*KEEP, "remove", "createIndex")
#: The start of a scaled clock is stored once, by whoever comes first, and never moved.
START_ONCE: Final = ("find", "insert")

#: Who may do what with the keys of each kind (`common.vault.names`); metrics has none.
KEYS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "reporter": {"intake": KEEP},
    "request": {"intake": KEEP, "dispatch": READ, "escalation": READ},
    "whistle": {"escalation": KEEP, "intake": READ, "dispatch": READ},
}


@dataclass(frozen=True, slots=True)
class Privilege:
    """Actions on a collection of a database; an empty `collection` means each of them."""

    database: str
    actions: tuple[str, ...]
    collection: str = ""

    def document(self, prefix: str) -> dict[str, Any]:
        """Return it as MongoDB's commands take it."""
        resource = {"db": f"{prefix}{self.database}", "collection": self.collection}
        return {"resource": resource, "actions": list(self.actions)}


def privileges(user: str) -> tuple[Privilege, ...]:
    """Return everything that `user` may do. A `KeyError` names a user that there isn't."""
    return _PRIVILEGES[user]


def role_name(user: str) -> str:
    """Return the name of a user's role, kept in `admin` like the user."""
    return f"shaobao-{user}"


def _of_service(service: str) -> Iterator[Privilege]:
    for log in LOGS:
        yield Privilege(f"log_{log}", OWN_LOG if log == service else READ)
    yield Privilege(f"view_{service}", OWN)
    if service in LOGS:
        for owner in LOGS:
            yield Privilege(f"vault_{owner}", OWN if owner == service else READ, "texts")
    for kind, allowed in KEYS.items():
        if service in allowed:
            yield Privilege("keys", allowed[service], kind)
    yield Privilege("clock", START_ONCE, "business_time")


def _of_operator() -> Iterator[Privilege]:
    """Yield what replaying takes; who reported something stays closed to the command line."""
    for log in LOGS:
        yield Privilege(f"log_{log}", KEEP)
        yield Privilege(f"vault_{log}", READ, "texts")
    for service in SERVICES:
        yield Privilege(f"view_{service}", OWN)
    for kind in ("request", "whistle"):
        yield Privilege("keys", READ, kind)
    yield Privilege("clock", KEEP, "business_time")


_PRIVILEGES: Final[Mapping[str, tuple[Privilege, ...]]] = {
    **{service: tuple(_of_service(service)) for service in SERVICES},
    OPERATOR: tuple(_of_operator()),
}
