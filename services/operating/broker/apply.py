"""Puts topology, policies, users and rights on a broker and reads them back. Safe to repeat."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from services.common.errors import Corrupt
from services.common.messaging import topology
from services.common.messaging.declare import declare_at
from services.operating.broker.management import Management
from services.operating.broker.rights import (
    Rights,
    TopicRight,
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


@dataclass(frozen=True, slots=True)
class BrokerChange:
    """Something that the broker lacks, has otherwise, or has no more use for."""

    kind: Literal["exchange", "queue", "retired queue", "binding", "policy", "user", "permission",
                  "topic permission"]  # fmt: skip
    name: str  #: of the thing; of rights: of their user

    def __str__(self) -> str:
        """Return `<kind> <name>`."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class _Step:
    """A change and the call that makes it."""

    change: BrokerChange
    path: tuple[str, ...]
    body: dict[str, Any]


def planned_changes(management: Management, plan: Plan) -> tuple[BrokerChange, ...]:
    """Return what `apply_rights` would change now; nothing is touched.

    Raises:
        ManagementAway: Try again.
        BadDepartmentCode: A department's code can't be a user name.
    """
    steps = (*_policies(management), *_users(management, plan), *_rights(management, plan))
    return (*_undeclared(management), *(step.change for step in steps))


def apply_rights(uri: str, management: Management, plan: Plan) -> tuple[BrokerChange, ...]:
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
    changes = [*_undeclared(management), *_done(management, _policies(management))]
    declare_at(uri)
    changes += _done(management, _users(management, plan))
    changes += _done(management, _rights(management, plan))
    for one in rights:
        verify_rights(management, one)
    return tuple(changes)


def _done(management: Management, steps: Iterable[_Step]) -> Iterator[BrokerChange]:
    for step in steps:
        management.put(*step.path, body=step.body)
        yield step.change


def _undeclared(management: Management) -> Iterator[BrokerChange]:
    """Yield what of the topology isn't as it should be; declaring (by AMQP) mends it."""
    vhost, whole = management.vhost, topology.WHOLE
    exchanges = {each["name"] for each in management.get("exchanges", vhost) or ()}
    queues = {each["name"] for each in management.get("queues", vhost) or ()}
    bindings = {
        topology.Binding(each["destination"], each["source"], each["routing_key"])
        for each in management.get("bindings", vhost) or ()
    }
    for exchange in whole.exchanges:
        if exchange.name not in exchanges:
            yield BrokerChange("exchange", exchange.name)
    yield from (BrokerChange("queue", each) for each in whole.queues if each not in queues)
    yield from (BrokerChange("retired queue", each) for each in whole.retired if each in queues)
    for binding in whole.bindings:
        if binding not in bindings:
            yield BrokerChange("binding", f"{binding.exchange} -> {binding.queue}")


def _policies(management: Management) -> Iterator[_Step]:
    for policy in policies():
        wanted = {
            "pattern": policy.pattern,
            "definition": policy.definition,
            "apply-to": "queues",
            "priority": 0,
        }
        path = ("policies", management.vhost, policy.name)
        if _is_other(management, path, wanted):
            yield _Step(BrokerChange("policy", policy.name), path, wanted)


def _users(management: Management, plan: Plan) -> Iterator[_Step]:
    for user, password in plan.passwords.items():
        found = management.get("users", user)
        if found is None or not _is_password(password, found.get("password_hash", "")):
            body = {"password": password, "tags": ""}
            yield _Step(BrokerChange("user", user), ("users", user), body)


def _rights(management: Management, plan: Plan) -> Iterator[_Step]:
    """Yield topic permissions first: no moment in which a user may write under any key."""
    for one in plan.rights:
        if one.topic is not None and not _has_topic_right(management, one.user, one.topic):
            path = ("topic-permissions", management.vhost, one.user)
            yield _Step(BrokerChange("topic permission", one.user), path, asdict(one.topic))
        wanted = {"configure": one.configure, "write": one.write, "read": one.read}
        path = ("permissions", management.vhost, one.user)
        if _is_other(management, path, wanted):
            yield _Step(BrokerChange("permission", one.user), path, wanted)


def _is_other(management: Management, path: tuple[str, ...], wanted: Mapping[str, Any]) -> bool:
    found = management.get(*path) or {}
    return any(found.get(name) != value for name, value in wanted.items())


def _is_password(password: str, stored: str) -> bool:
    """Compare with RabbitMQ's `base64(salt + sha256(salt + password))`."""
    raw = base64.b64decode(stored)
    salt, digest = raw[:SALT_BYTES], raw[SALT_BYTES:]
    return hashlib.sha256(salt + password.encode()).digest() == digest


def _has_topic_right(management: Management, user: str, wanted: TopicRight) -> bool:
    """Say whether a user is limited to just those keys; one of whom nothing is said is not."""
    found = management.get("topic-permissions", management.vhost, user) or ()
    return asdict(wanted) in [{name: one[name] for name in asdict(wanted)} for one in found]


def verify_rights(management: Management, rights: Rights) -> None:
    """Read back what keeps one department from answering as another, and services apart.

    Raises:
        NotApplied: The permission or the topic permission isn't what `rights` says.
    """
    found = management.get("permissions", management.vhost, rights.user) or {}
    if found.get("write") != rights.write or found.get("configure") != rights.configure:
        raise NotApplied(user=rights.user, what="permission", found=str(found))
    if rights.topic is not None and not _has_topic_right(management, rights.user, rights.topic):
        raise NotApplied(user=rights.user, what="topic permission", wanted=str(rights.topic))
