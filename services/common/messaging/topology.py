"""Every name on the broker, as data. Pinned by a test: a renamed queue would orphan its messages.

Queue arguments hold only `x-queue-type`; everything else is a policy of the broker (`rights.py`),
so that it can change without a redeclare error.
"""

from dataclasses import dataclass
from typing import Final, Literal

from services.common.contracts.forms import UNIT_CODE
from services.common.contracts.streams import LOGS, SERVICES
from services.common.errors import Corrupt

#: Where services ring each other: `<log>.advanced`, `<log>.appended`.
BELLS: Final = "logs.bells"
DEPARTMENT_CALLS: Final = "departments.calls"
DEPARTMENT_OUTCOMES: Final = "departments.outcomes"
DEPARTMENT_REPLIES: Final = "departments.replies"
REPLIES_QUEUE: Final = "escalation.replies"
#: Who answers for departments: the owner of the replies and of undelivered calls.
NOTIFIER: Final = "escalation"


class BadDepartmentCode(Corrupt):
    """A department's code is its user name and a word of routing keys; see `forms.UNIT_CODE`."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: Literal["topic", "direct", "fanout"]


@dataclass(frozen=True, slots=True)
class Binding:
    """Messages of `exchange` whose key matches `key` come to `queue` (always a quorum queue)."""

    queue: str
    exchange: str
    key: str


def events_exchange(service: str) -> str:
    """Return the topic exchange of a log; nameko's own convention."""
    return f"{service}.events"


def bell_queue(service: str, process: str) -> str:
    """Return the queue where one process of a service hears doorbells; it goes with the process."""
    return f"{service}.bell.{process}"


def bell_keys(service: str) -> tuple[str, ...]:
    """Return the keys of the doorbells that a service hears.

    All of every log that has advanced; of its own, what another of its replicas has appended.
    """
    return (*(f"{log}.advanced" for log in LOGS), f"{service}.appended")


def retired_queues(service: str) -> tuple[str, ...]:
    """Return the queues of a service that only an older release reads: they would fill up."""
    return (f"{service}.inbox",)


def dead_queue(service: str) -> str:
    """Return the name of a service's dead letter queue and of the fanout exchange before it."""
    return f"{service}.dead"


def calls_queue(code: str) -> str:
    """Return the queue from which a department reads its calls."""
    return f"departments.{_checked(code)}.calls"


def outcomes_queue(code: str) -> str:
    """Return the queue from which a department reads what became of its replies."""
    return f"departments.{_checked(code)}.outcomes"


def _checked(code: str) -> str:
    if not UNIT_CODE.fits(code):
        raise BadDepartmentCode(code=code)
    return code


@dataclass(frozen=True, slots=True)
class Topology:
    """A part of what is on the broker. All queues are quorum queues."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[str, ...]
    bindings: tuple[Binding, ...]
    retired: tuple[str, ...] = ()  #: queues to be deleted

    def __add__(self, other: "Topology") -> "Topology":
        return Topology(
            self.exchanges + other.exchanges,
            self.queues + other.queues,
            self.bindings + other.bindings,
            self.retired + other.retired,
        )


#: Between the services. An older one that still runs declares the inboxes of all again: whoever
#: comes after it deletes them.
_BETWEEN_SERVICES: Final = Topology(
    exchanges=(Exchange(BELLS, "topic"),),
    queues=(),
    bindings=(),
    retired=tuple(queue for service in SERVICES for queue in retired_queues(service)),
)


def _own_part(service: str) -> Topology:
    """Return what only `service` declares: its events, for who binds them, and its dead letters."""
    dead = dead_queue(service)
    events = (Exchange(events_exchange(service), "topic"),) if service in LOGS else ()
    return Topology(
        exchanges=(*events, Exchange(dead, "fanout")),
        queues=(dead,),
        bindings=(Binding(dead, dead, ""),),
    )


#: Between escalation and departments, whatever the registry says.
DEPARTMENTS: Final = Topology(
    exchanges=(
        Exchange(DEPARTMENT_CALLS, "direct"),
        Exchange(DEPARTMENT_OUTCOMES, "direct"),
        Exchange(DEPARTMENT_REPLIES, "topic"),
    ),
    queues=(REPLIES_QUEUE,),
    bindings=(Binding(REPLIES_QUEUE, DEPARTMENT_REPLIES, "#"),),
)
#: Everything but what departments see.
BUS: Final = sum(map(_own_part, SERVICES), _BETWEEN_SERVICES)
WHOLE: Final = BUS + DEPARTMENTS


def of_service(service: str) -> Topology:
    """Return what a service declares on every connection: nothing that is another's.

    On a wiped broker what it rings in the meantime is heard by nobody, and made up for by who looks
    where logs end. The departments' part is the notifier's.
    """
    own = _BETWEEN_SERVICES + _own_part(service)
    return own + DEPARTMENTS if service == NOTIFIER else own


def department_bindings(code: str) -> tuple[Binding, Binding]:
    """Return the bindings of a department's two queues: calls, then outcomes.

    Raises:
        BadDepartmentCode: `code` can't be a word of a routing key.
    """
    return (
        Binding(calls_queue(code), DEPARTMENT_CALLS, code),
        Binding(outcomes_queue(code), DEPARTMENT_OUTCOMES, code),
    )
