"""The entry point where escalation reads the replies of all departments.

    class Escalation:
        name = "escalation"

        @replies
        def on_reply(self, reply: DepartmentReply) -> None:
            answer_and_tell(self.desk, self.line, reply)

The method sends the outcome before it returns: only then the reply is acked.
"""

from services.common.errors import Corrupt
from services.common.messaging.consuming import Delivery
from services.common.messaging.departments import (
    DepartmentLine,
    DepartmentReply,
    DepartmentUnreachable,
    UnreadableReply,
    refusal_of,
    reply_of,
)
from services.common.messaging.entrypoint import QueueEntrypoint
from services.common.messaging.topology import REPLIES_QUEUE


class Replies(QueueEntrypoint):
    """Hands each message of `escalation.replies` to the method as a `DepartmentReply`."""

    @property
    def queue(self) -> str:
        """The one queue for the replies of all departments."""
        return REPLIES_QUEUE

    def read(self, delivery: Delivery) -> DepartmentReply:
        """Return the reply; see `reply_of`."""
        return reply_of(delivery.routing_key, delivery.message_id, delivery.body)

    def refuse(self, delivery: Delivery, error: Corrupt) -> None:
        """Tell the department; bury the message if it can't be told."""
        if not (isinstance(error, UnreadableReply) and self._told(error)):
            self.bury(delivery, str(error))

    def hopeless(self, error: Exception) -> bool:
        """Say whether the department can't be told: that must not hold up replies of others."""
        return isinstance(error, DepartmentUnreachable)

    def _told(self, error: UnreadableReply) -> bool:
        """Send the refusal; False if nobody of that name listens: a person shall look then."""
        line = DepartmentLine(self.publisher)
        try:
            line.outcome(str(error.facts["code"]), refusal_of(error))
        except DepartmentUnreachable:
            return False
        return True


replies = Replies.decorator
