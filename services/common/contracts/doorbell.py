"""Doorbells: the messages between services that say "look". What happened, the log says.

CloudEvents 1.0, structured JSON: `type` is `log.advanced` (commits have got positions, up to
`position`) or `log.appended` (commits wait for a position).
"""

from dataclasses import dataclass
from typing import Final, Literal

from services.common.contracts.codec import Undecodable, canonical, structured
from services.common.contracts.strict_json import strict_json

SOURCE: Final = "/shaobao/"


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A log has grown. `position`: its last one; of `log.appended`, nothing is known of it."""

    type: Literal["log.advanced", "log.appended"]
    source: str
    id: str
    position: int

    @property
    def log(self) -> str:
        """The service whose log it is."""
        return self.source.removeprefix(SOURCE)

    @property
    def body(self) -> bytes:
        """The message."""
        return canonical(
            {
                "specversion": "1.0",
                "id": self.id,
                "source": self.source,
                "type": self.type,
                "position": self.position,
            }
        ).encode()


def advanced(log: str, head: int) -> Doorbell:
    """Return what tells that `log` goes up to position `head`."""
    return Doorbell("log.advanced", f"{SOURCE}{log}", f"{log}@{head}", head)


def appended(log: str, id: str) -> Doorbell:  # noqa: A002  CloudEvents' own name
    """Return what tells the leader of `log` that another replica has appended to it."""
    return Doorbell("log.appended", f"{SOURCE}{log}", id, 0)


def doorbell(body: str | bytes) -> Doorbell:
    """Return the doorbell that a message is.

    Raises:
        Undecodable: It is none of ours.
    """
    try:
        found = strict_json(body.encode() if isinstance(body, str) else body)
    except ValueError as error:
        raise Undecodable(kind="doorbell", why=str(error)) from error
    return structured(Doorbell, found)
