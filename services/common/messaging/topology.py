"""Every name on the broker, as data. Pinned by a test: a renamed queue would orphan its messages.

Queue arguments hold only `x-queue-type`; everything else is a policy of the broker (`rights.py`),
so that it can change without a redeclare error.
"""

from dataclasses import dataclass
from typing import Final, Literal

from services.common.contracts.forms import UNIT_CODE
from services.common.contracts.streams import LOGS, SERVICES
from services.common.errors import Corrupt

DEPARTMENT_CALLS: Final = "departments.calls"
DEPARTMENT_OUTCOMES: Final = "departments.outcomes"
DEPARTMENT_REPLIES: Final = "departments.replies"
REPLIES_QUEUE: Final = "escalation.replies"
#: Who answers for departments: the owner of the replies and of undelivered calls.
CALLER: Final = "escalation"


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


def inbox_queue(service: str) -> str:
    """Return the queue where a service hears of the logs it follows."""
    return f"{service}.inbox"


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

    def __add__(self, other: "Topology") -> "Topology":
        return Topology(
            self.exchanges + other.exchanges,
            self.queues + other.queues,
            self.bindings + other.bindings,
        )


#: Between the services. Inboxes take everything of the logs they follow: unknown types count too.
BUS: Final = Topology(
    exchanges=(
        *(Exchange(events_exchange(log), "topic") for log in LOGS),
        *(Exchange(dead_queue(service), "fanout") for service in SERVICES),
    ),
    queues=(
        *(inbox_queue(service) for service in SERVICES),
        *(dead_queue(service) for service in SERVICES),
    ),
    bindings=(
        *(
            Binding(inbox_queue(service), events_exchange(log), "#")
            for service in SERVICES
            for log in LOGS  # all wake all, its own log for its lists and reactions
        ),
        *(Binding(dead_queue(service), dead_queue(service), "") for service in SERVICES),
    ),
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
WHOLE: Final = BUS + DEPARTMENTS


def of_service(service: str) -> Topology:
    """Return what a service declares on every connection.

    Everybody declares the whole bus, so that on a wiped broker the first service back makes room
    for the messages of all; the departments' part is the caller's.
    """
    return WHOLE if service == CALLER else BUS


def department_bindings(code: str) -> tuple[Binding, Binding]:
    """Return the bindings of a department's two queues: calls, then outcomes.

    Raises:
        BadDepartmentCode: `code` can't be a word of a routing key.
    """
    return (
        Binding(calls_queue(code), DEPARTMENT_CALLS, code),
        Binding(outcomes_queue(code), DEPARTMENT_OUTCOMES, code),
    )
