"""Names of keys and references of texts.

Keys: `reporter-<request id>` (name, phone, address, receipt; intake alone), `request-<request id>`
(the texts about a request; the three services that command) and `whistle-<whistle id>`.
Texts: `<service>/<uuid>`, the uuid derived from command and field, so a repeated command writes
the same one.
"""

import re
import uuid

from services.common.vault.errors import WrongName

KEY_KINDS = ("reporter", "request", "whistle")
_KEY_NAME = re.compile(r"(?P<kind>reporter|request|whistle)-(?P<id>[0-9A-Za-z-]{1,64})")
_SERVICE = re.compile(r"[a-z]{1,20}")


def key_kind(key_name: str) -> str:
    """Return `reporter`, `request` or `whistle`.

    Raises:
        WrongName: `key_name` is none of them.
    """
    found = _KEY_NAME.fullmatch(key_name)
    if found is None:
        raise WrongName(key_name=key_name)
    return found["kind"]


def reporter_key(request_id: str) -> str:
    """Return the name of the key for who reported a request."""
    return f"reporter-{request_id}"


def request_key(request_id: str) -> str:
    """Return the name of the key for the texts about a request."""
    return f"request-{request_id}"


def whistle_key(whistle_id: str) -> str:
    """Return the name of the key for the texts of a whistle."""
    return f"whistle-{whistle_id}"


def text_id_of(command_id: str, field: str) -> uuid.UUID:
    """Return uuid5(command_id, field). A command id that is no UUID is made one first."""
    try:
        namespace = uuid.UUID(command_id)
    except ValueError:
        namespace = uuid.uuid5(uuid.NAMESPACE_OID, command_id)
    return uuid.uuid5(namespace, field)


def text_ref_of(service: str, text_id: uuid.UUID) -> str:
    """Return the reference that stands in events for a text."""
    if not _SERVICE.fullmatch(service):
        raise WrongName(service=service)
    return f"{service}/{text_id}"


def parts_of(text_ref: str) -> tuple[str, uuid.UUID]:
    """Return the service and the id in a reference.

    Raises:
        WrongName: It isn't one.
    """
    service, _, text = text_ref.partition("/")
    try:
        text_id = uuid.UUID(text)
    except ValueError as error:
        raise WrongName(text_ref=text_ref) from error
    if text_ref != text_ref_of(service, text_id):
        raise WrongName(text_ref=text_ref)
    return service, text_id
