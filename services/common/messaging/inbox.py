"""The entry point where a service hears of new commits in the logs it follows.

class Dispatch:
    name = "dispatch"
    bell: Bell = given("bell")

    @inbox
    def on_event(self, message: Doorbell) -> None:
        self.bell.ring(message)
"""

from services.common.contracts.envelope import Doorbell, doorbell
from services.common.messaging.consuming import Delivery
from services.common.messaging.entrypoint import QueueEntrypoint
from services.common.messaging.topology import inbox_queue


class Inbox(QueueEntrypoint):
    """Hands each message of `<service>.inbox` to the method as a `Doorbell`."""

    @property
    def queue(self) -> str:
        """The service's inbox."""
        return inbox_queue(self.container.service_name)

    def read(self, delivery: Delivery) -> Doorbell:
        """Return the doorbell.

        Raises:
            Undecodable: The body is no CloudEvent of ours.
        """
        return doorbell(delivery.body)


inbox = Inbox.decorator
