"""Puts topology, policies, users and rights on a broker and reads them back. Safe to repeat."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.common.errors import Corrupt
from services.common.messaging import topology
from services.common.messaging.declare import declare_at
from services.common.messaging.management import Management
from services.common.messaging.rights import (
    Policy,
    Rights,
    department_rights,
    policies,
    service_rights,
)

#: RabbitMQ stores base64(salt + sha256(salt + password)) with a salt of this length.
SALT_BYTES = 4


class NotApplied(Corrupt):
    """The broker accepted a setting but doesn't have it. Without it departments are not apart.

    The usual reason: another tool manages this broker's users, or the plugin is read-only.
    """


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall be there. Both map a user to its password; an empty map leaves users alone."""

    services: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)

    @property
    def passwords(self) -> dict[str, str]:
        return {**self.services, **self.departments}

    @property
    def rights(self) -> tuple[Rights, ...]:
        return (
            *(service_rights(service) for service in self.services),
            *(department_rights(code) for code in self.departments),
        )


def apply_rights(uri: str, management: Management, plan: Plan) -> tuple[str, ...]:
    """Bring the broker to `plan` but for the departments' queues; return what had to be changed.

    Those are left to escalation, which sends open calls again into each that it has to make.
    `uri` is an AMQP user who may declare everything. Policies come before queues are used, rights
    before users are told their password.

    Raises:
        BrokerAway, ManagementAway: Try again.
        NotApplied: A topic permission isn't there after it was set.
        BadDepartmentCode: A department's code can't be a user name.
    """
    rights = plan.rights
    changes = [change for one in policies() if (change := _set_policy(management, one))]
    declare_at(uri)
    for user, password in plan.passwords.items():
        changes += _set_user(management, user, password)
    for one in rights:
        changes += _set_rights(management, one)
    for one in rights:
        verify_rights(management, one)
    return tuple(changes)


def _set_policy(management: Management, policy: Policy) -> str | None:
    wanted = {
        "pattern": policy.pattern,
        "definition": policy.definition,
        "apply-to": "queues",
        "priority": 0,
    }
    path = ("policies", management.vhost, policy.name)
    return f"policy {policy.name}" if _put_if_other(management, path, wanted) else None


def _put_if_other(management: Management, path: tuple[str, ...], wanted: dict[str, Any]) -> bool:
    found = management.get(*path) or {}
    if all(found.get(name) == value for name, value in wanted.items()):
        return False
    management.put(*path, body=wanted)
    return True


def _set_user(management: Management, user: str, password: str) -> list[str]:
    found = management.get("users", user)
    if found is not None and _is_password(password, found.get("password_hash", "")):
        return []
    management.put("users", user, body={"password": password, "tags": ""})
    return [f"user {user}"]


def _is_password(password: str, stored: str) -> bool:
    """Compare with RabbitMQ's `base64(salt + sha256(salt + password))`."""
    raw = base64.b64decode(stored)
    salt, digest = raw[:SALT_BYTES], raw[SALT_BYTES:]
    return hashlib.sha256(salt + password.encode()).digest() == digest


def _set_rights(management: Management, rights: Rights) -> list[str]:
    """Set the topic permission first: no moment in which a user may write under any key."""
    changes = []
    if rights.topic is not None and _topic_pattern(management, rights.user) != rights.topic:
        management.put(
            "topic-permissions", management.vhost, rights.user, body=_topic_body(rights.topic)
        )
        changes.append(f"topic permission {rights.user}")
    wanted = {"configure": rights.configure, "write": rights.write, "read": rights.read}
    if _put_if_other(management, ("permissions", management.vhost, rights.user), wanted):
        changes.append(f"permission {rights.user}")
    return changes


def _topic_body(write: str) -> dict[str, str]:
    return {"exchange": topology.DEPARTMENT_REPLIES, "write": write, "read": "^$"}


def _topic_pattern(management: Management, user: str) -> str | None:
    """Return the write pattern of a user on the replies exchange, or None: may write anything."""
    found = management.get("topic-permissions", management.vhost, user)
    for one in found or ():
        if one["exchange"] == topology.DEPARTMENT_REPLIES:
            return str(one["write"])
    return None


def verify_rights(management: Management, rights: Rights) -> None:
    """Read back what keeps one department from answering as another.

    Raises:
        NotApplied: The permission or the topic permission isn't what `rights` says.
    """
    found = management.get("permissions", management.vhost, rights.user) or {}
    if found.get("write") != rights.write or found.get("configure") != rights.configure:
        raise NotApplied(user=rights.user, what="permission", found=str(found))
    if rights.topic is not None:
        pattern = _topic_pattern(management, rights.user)
        if pattern != rights.topic:
            raise NotApplied(user=rights.user, what="topic permission", found=str(pattern))
