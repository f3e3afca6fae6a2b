"""What any stream may hold: the trace of a reaction that came to nothing."""

from dataclasses import dataclass

from services.common.contracts.event_types import ANY, event
from services.common.contracts.forms import CommandName, Id, Word


@event("ReactionRefused", of=ANY)
@dataclass(frozen=True, slots=True)
class ReactionRefused:
    """A reaction asked for `command` and the answer was no, or there was nothing to do.

    Published by: the owner of the stream. Read by: the asker's service (a raise is voided, an
    order is dropped from a whistle); it never commands the stream it came from.
    """

    command: CommandName
    reason: Word  #: the slug of the refusal, or `nothing_to_do`
    subject_id: Id | None = None  #: what the asker asked about, e.g. a raise or a whistle
