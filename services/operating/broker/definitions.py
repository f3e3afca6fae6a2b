"""The topology, policies and, if given, users as a definitions file that RabbitMQ itself reads.

With users in it, a broker that loads the file at boot comes back whole after a wipe (a broker
with `load_definitions` makes no default user, so the administrator must be among them). Without
users it can be imported into a broker that has its own.

    python -m services.operating.broker.definitions > deploy/rabbitmq/definitions.json
"""

import base64
import hashlib
import json
import secrets
import sys
from typing import Any

from services.common.messaging import topology
from services.operating.broker.apply import SALT_BYTES, Plan
from services.operating.broker.rights import ADMINISTRATOR_RIGHTS, Rights, policies


def bus_definitions(vhost: str = "/") -> dict[str, Any]:
    """Return exchanges, queues, bindings and policies of one vhost."""
    here = {"vhost": vhost}
    return {
        "vhosts": [{"name": vhost}],
        "exchanges": [
            {**here, "name": one.name, "type": one.kind, "durable": True, "auto_delete": False,
             "internal": False, "arguments": {}}
            for one in topology.WHOLE.exchanges
        ],
        "queues": [
            {**here, "name": name, "durable": True, "auto_delete": False,
             "arguments": {"x-queue-type": "quorum"}}
            for name in topology.WHOLE.queues
        ],
        "bindings": [
            {**here, "source": one.exchange, "destination": one.queue, "routing_key": one.key,
             "destination_type": "queue", "arguments": {}}
            for one in topology.WHOLE.bindings
        ],
        "policies": [
            {**here, "name": one.name, "pattern": one.pattern, "definition": one.definition,
             "apply-to": "queues", "priority": 0}
            for one in policies()
        ],
    }  # fmt: skip


def definitions(plan: Plan, administrator: tuple[str, str], vhost: str = "/") -> dict[str, Any]:
    """Return everything, with users and their rights; a secret, as it holds password hashes.

    `administrator` is a name and a password. Queues of departments are made by escalation.
    """
    name, password = administrator
    rights = (*plan.rights, Rights(name, *ADMINISTRATOR_RIGHTS))
    return {
        **bus_definitions(vhost),
        "users": [
            _user(name, password, "administrator"),
            *(_user(user, secret, "") for user, secret in plan.passwords.items()),
        ],
        "permissions": [
            {"vhost": vhost, "user": one.user, "configure": one.configure, "write": one.write,
             "read": one.read}
            for one in rights
        ],
        "topic_permissions": [
            {"vhost": vhost, "user": one.user, "exchange": one.topic.exchange,
             "write": one.topic.write, "read": one.topic.read}
            for one in rights
            if one.topic is not None
        ],
    }  # fmt: skip


def _user(name: str, password: str, tags: str) -> dict[str, str]:
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
    }


def text(found: dict[str, Any]) -> str:
    """Return the file's text."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text(bus_definitions()))
