"""What every handler of a command service is given, and who asks it: the same in all three.

A handler is `load -> decide -> append`: it builds a command from what came in and facts of the
chart, and lets `carry_out` do the rest. It never publishes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from services.common.clock import Clock
from services.common.contracts.commit import Actor
from services.common.contracts.streams import derived
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.deciding import (
    Errand,
    KeyUsedForAnotherRequest,
    Outcome,
    carry_out_unless_done,
)
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.known import Known
from services.common.eventlog.ports import EventLog, LogReader
from services.common.following.cursors import Cursors
from services.common.following.ports import Documents
from services.common.vault.errors import AnotherTextKept
from services.common.vault.vault import Vault

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and under which key. `key` is the Idempotency-Key or the AMQP message id."""

    actor: Actor
    key: str
    correlation: str
    if_match: int | None = None
    fingerprint: bytes = b""  #: canonical content of the request, before it is keyed
    occurred_at: datetime | None = None

    def command_id(self, stream: str) -> str:
        """Return the id of the command on `stream`: the same asker and key, the same id."""
        return derived("command", stream, self.asker, self.key)

    @property
    def asker(self) -> str:
        """Whose key it is: two people may use the same one, and neither gets the other's answer.

        The person; the unit that writes without one (a department over AMQP); else the role.
        """
        return self.actor.person or self.actor.unit or self.actor.role


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports of one command service."""

    service: str
    log: EventLog
    logs: Mapping[str, LogReader]  #: every log, by service; the own one too
    clock: Clock
    chart: LiveChart
    vault: Vault
    documents: Documents
    cursors: Cursors  #: how far the service's own consumers are
    known: Known = field(default_factory=Known)

    def carry_out(
        self,
        aggregate: Aggregate[S],
        stream: str,
        command: Any,
        asking: Asking,
        *,
        key_name: str,
        chart: Mapping[str, int] | None = None,
    ) -> Outcome[S]:
        """Carry `command` out on `stream` for `asking`, now.

        `key_name` is the vault key under which the request's fingerprint is hidden, so that the
        log can tell a repetition from a mix-up and reveals nothing of the text. `chart`: the
        registry versions that the command leans on.
        """
        return self.carry_out_unless_done(
            aggregate, stream, lambda: command, asking, key_name=key_name, chart=chart
        )

    def carry_out_unless_done(
        self,
        aggregate: Aggregate[S],
        stream: str,
        prepare: Callable[[], Any],
        asking: Asking,
        *,
        key_name: str,
        chart: Mapping[str, int] | None = None,
        begins: bool = False,
    ) -> Outcome[S]:
        """As `carry_out`, with a command that is prepared only if it comes for the first time.

        For what names things of the chart, or seals texts: a repetition is answered though the
        chart has lost them since. `begins`: the command begins its stream, as a rule.
        """
        fingerprint = partial(self._fingerprint, key_name, asking)

        def errand() -> Errand:
            command = prepare()
            return Errand(
                stream=stream,
                command=command,
                command_id=asking.command_id(stream),
                actor=asking.actor,
                correlation=asking.correlation,
                at=self.clock.now(),
                occurred_at=asking.occurred_at,
                chart=chart or {},
                if_match=asking.if_match,
                fingerprint=fingerprint(),
            )

        return carry_out_unless_done(
            self.log, aggregate, stream, asking.command_id(stream), fingerprint, errand, self.known,
            begins,
        )  # fmt: skip

    def _fingerprint(self, key_name: str, asking: Asking) -> str:
        return self.vault.mac(key_name, asking.fingerprint).hex()

    def seal(self, key_name: str, stream: str, asking: Asking, field: str, text: str) -> str:
        """Put `text` into the vault before the commit; see `seal_all`."""
        return self.seal_all(stream, asking, [(key_name, field, text)])[0]

    def seal_all(
        self, stream: str, asking: Asking, texts: Sequence[tuple[str, str, str]]
    ) -> list[str]:
        """Put texts (key name, field, text) into the vault before the commit; return their refs.

        Repeating changes nothing.

        The id is uuid5(command_id, field): a text without a commit is swept after a day.

        Raises:
            KeyUsedForAnotherRequest: The key came with another text before, perhaps in vain: then
                the log doesn't know of it, and the commit would tell the old text.
        """
        command_id = asking.command_id(stream)
        try:
            return self.vault.seal_all(command_id, texts)
        except AnotherTextKept as error:
            raise KeyUsedForAnotherRequest(command_id=command_id) from error
