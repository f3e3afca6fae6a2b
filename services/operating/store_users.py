"""Brings a MongoDB server to what `store_rights` says: replica set, roles, users. May be repeated.

Every connection of an installation but this one has least rights; this one is root's.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from services.common.eventlog.mongo import Row, answering
from services.common.eventlog.ports import StoreAway
from services.operating.store_rights import privileges, role_name

REPLICA_SET: Final = "rs0"
ELECTION_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.1
_NOT_YET_INITIALISED: Final = 94  #: MongoDB's error code for a replica set without a configuration


def form_replica_set(client: MongoClient[Row], member: str) -> bool:
    """Make a replica set of one, reached at `member` (host:port), unless there is one; wait for it.

    `client` is connected directly. Returns whether it was made now.

    Raises:
        StoreAway: The server is away, or was not primary in time.
    """
    with answering():
        made = not _has_set(client)
        if made:
            members = [{"_id": 0, "host": member}]
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        _wait_for_primary(client)
    return made


def apply_users(
    client: MongoClient[Row], passwords: Mapping[str, str], prefix: str = ""
) -> tuple[str, ...]:
    """Give each user of `passwords` its role and password; return what had to be made, by name.

    A role is replaced whole, so that a right which a release no longer needs is gone with it.

    Raises:
        StoreAway: The server is away or refuses. Is the connection root's, and to the primary?
    """
    made = []
    with answering():
        for user, password in passwords.items():
            _set_role(client, user, prefix)
            if _set_user(client, user, password):
                made.append(user)
    return tuple(made)


def _has_set(client: MongoClient[Row]) -> bool:
    try:
        client.admin.command("replSetGetConfig")
    except OperationFailure as fault:
        if fault.code != _NOT_YET_INITIALISED:
            raise
        return False
    return True


def _wait_for_primary(client: MongoClient[Row]) -> None:
    until = time.monotonic() + ELECTION_SECONDS
    while not client.admin.command("hello")["isWritablePrimary"]:
        if time.monotonic() > until:
            raise StoreAway(why="the member did not become primary")
        time.sleep(_LOOK_SECONDS)


def _set_role(client: MongoClient[Row], user: str, prefix: str) -> None:
    name = role_name(user)
    there = client.admin.command("rolesInfo", name)["roles"]
    client.admin.command(
        "updateRole" if there else "createRole",
        name,
        privileges=[each.document(prefix) for each in privileges(user)],
        roles=[],
    )


def _set_user(client: MongoClient[Row], user: str, password: str) -> bool:
    """Say whether the user is new. `usersInfo` would not tell whether the password is right."""
    there = client.admin.command("usersInfo", user)["users"]
    wanted: dict[str, Any] = {"pwd": password, "roles": [{"role": role_name(user), "db": "admin"}]}
    client.admin.command("updateUser" if there else "createUser", user, **wanted)
    return not there
