"""What escalation is made of, without a driver: for the real process and for whole-story tests.

Each room has a table of reactions. An event runs through all of them; they never share a target, so
their order is free.
"""

from collections.abc import Mapping
from typing import Final

from services.common.contracts.event_types import categories_of
from services.common.desk import Desk
from services.common.following.batches import Consumer
from services.common.following.projecting import Projector
from services.common.following.reacting import Reaction, Reactor
from services.escalation.calls import reactions as calls
from services.escalation.calls.notifier import Notifier, QueueLine
from services.escalation.calls.projections import CALLS
from services.escalation.calls.rules import CALL
from services.escalation.clocks import reactions as clocks
from services.escalation.clocks.orphans import WATCHED_REQUESTS
from services.escalation.clocks.projections import DUE_TIMES, RINGS
from services.escalation.clocks.rules import CLOCKS
from services.escalation.duties import reactions as duties
from services.escalation.duties.projections import DUTIES
from services.escalation.duties.rules import DUTY
from services.escalation.raises import reactions as raises
from services.escalation.raises.projections import RAISES
from services.escalation.raises.rules import RAISE
from services.escalation.whistles import reactions as whistles
from services.escalation.whistles.projections import WHISTLES
from services.escalation.whistles.rules import WHISTLE

Table = Mapping[type, tuple[Reaction, ...]]


def merged(*tables: Table) -> Table:
    """Return one table of reactions; an event runs through those of every table that has it."""
    kinds = dict.fromkeys(kind for table in tables for kind in table)
    return {kind: tuple(each for table in tables for each in table.get(kind, ())) for kind in kinds}


AGGREGATES: Final = (RAISE, WHISTLE, CALL, DUTY, CLOCKS)
#: What moves raises, whistles, calls and duties; clocks only watch them.
REACTIONS_OF_MATTERS: Final = merged(
    raises.REACTIONS, whistles.REACTIONS, calls.REACTIONS, duties.REACTIONS
)
REACTIONS: Final = merged(REACTIONS_OF_MATTERS, clocks.REACTIONS)
READ_MODELS: Final = (RAISES, WHISTLES, CALLS, DUTIES, DUE_TIMES, RINGS, WATCHED_REQUESTS)


def consumers(desk: Desk, line: QueueLine) -> tuple[Consumer, ...]:
    """Return every consumer of escalation. Its reactions follow its own log too.

    `line` is the way to departments' queues.
    """
    reactions = Reactor(
        "escalation",
        follows=categories_of(REACTIONS),
        reactions=REACTIONS,
        aggregates=AGGREGATES,
        log=desk.log,
        chart=desk.chart,
        clock=desk.clock,
        known=desk.known,
    )
    return (
        reactions,
        Notifier(desk, line),
        *(Projector(f"escalation.{model.name}", model, desk.documents) for model in READ_MODELS),
    )
